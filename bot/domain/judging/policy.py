"""Could a second person turn the second key tonight?"""

from collections.abc import Iterator

from bot import wording
from bot.domain.findings import Code, Finding, finding
from bot.domain.observation import Observation


def findings(observation: Observation) -> Iterator[Finding]:
    policy, name = observation.policy, observation.database
    eligible, needed = policy.eligible_approvers, policy.approvals
    # The requester may be one of the approvers, and never counts.
    if eligible is not None and eligible <= needed:
        yield finding(
            Code.POLICY_TOO_FEW_APPROVERS,
            name,
            f"{wording.plural(eligible, 'eligible approver')} in all; {needed} beside the requester needed",
            "add people to `approvers`, or to the groups that it names",
        )
    if policy.channel_problem:
        yield finding(
            Code.POLICY_CHANNEL,
            name,
            policy.channel_problem,
            "requests and results need a channel of your own workspace that the bot is in: `/invite` it",
        )
