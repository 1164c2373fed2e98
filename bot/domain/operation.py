"""Operations: one durable run of something that was asked for."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    BACKUP = "backup"
    VERIFY = "verify"
    RESTORE_TEST = "restore-test"
    #: pin a database as the right one
    ACCEPT = "accept"
    #: plan a restore, ask for it, and restore beside the live database
    PREPARATION = "preparation"
    RESTORE = "restore"
    #: a set-aside database comes back
    UNDO = "undo"
    #: drop a database that a restore made, once its days have ended
    DROP = "drop"
    #: ask whether a set-aside database may go before that, and let it
    EARLY_DROP = "early-drop"
    #: keep everybody away from a database, and let them come back
    TRAFFIC_STOP = "traffic-stop"
    TRAFFIC_START = "traffic-start"
    #: judge whether a release may begin, and open its window
    DEPLOYMENT_START = "deployment-start"
    #: close the window with its report
    DEPLOYMENT_END = "deployment-end"
    #: let a release begin although the gate says no
    OVERRIDE = "override"
    #: let deployments begin again
    THAW = "thaw"
    #: restore backups that nobody needs, to see whether they do
    DRILL = "drill"
    #: delete the backups whose time is over
    RETENTION = "retention"
    #: ask whether a backup may go before that, and let it
    EARLY_DELETION = "early-deletion"
    #: let a retention that keeps less come into force
    RETENTION_LOWERING = "retention-lowering"
    #: make the channel of an incident, and tell there what is known
    INCIDENT_OPEN = "incident-open"
    #: see whether data is still missing, and write the report
    INCIDENT_CLOSE = "incident-close"


class Progress(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """The record of one operation; the job queue only carries its id."""

    #: `op-` and eight letters or digits
    id: str
    kind: Kind
    #: the name in the configuration
    database: str
    progress: Progress
    #: a Slack user id, `cli:<login>` or `schedule:<name>`
    requested_by: str
    #: what was asked for, by kind
    request: dict[str, Any] = field(default_factory=dict)
    #: what came out of it, by kind; while it runs, what it says of itself
    result: dict[str, Any] = field(default_factory=dict)
    #: why it failed, and the next move
    problem: str = ""
    hint: str = ""
    #: the code of the refusal that it ended with; empty where it did not
    refused: str = ""
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    #: the token of the attempt that runs it; every update names it, so that a ghost changes nothing
    attempt: str | None = None

    @property
    def scheduled(self) -> bool:
        """Nobody asked for it: nobody waits for its message, and nobody would ask again."""
        return self.requested_by.startswith("schedule:")
