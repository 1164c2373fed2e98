"""Could a second person turn the second key tonight?"""

from collections.abc import Iterator

from bot import wording
from bot.domain.findings import Code, Finding, finding
from bot.domain.observation import Observation, PolicyFacts


def findings(observation: Observation) -> Iterator[Finding]:
    policy, name = observation.policy, observation.database
    yield from _approvers(name, policy)
    if policy.channel_problem:
        yield finding(
            Code.POLICY_CHANNEL,
            name,
            policy.channel_problem,
            "requests and results need a channel of your own workspace that the bot is in: `/invite` it",
        )


def _approvers(name: str, policy: PolicyFacts) -> Iterator[Finding]:
    eligible, problem = policy.eligible_approvers, policy.approvers_problem
    if eligible is None:
        if problem:
            yield finding(
                Code.POLICY_TOO_FEW_APPROVERS,
                name,
                f"it is not known whether enough people could approve: {problem}",
                f"look whether Slack answers and what the app may ask it, then `/verify {name}` again",
            )
    # The requester may be one of the approvers, and never counts.
    elif eligible <= policy.approvals:
        people = f"{wording.plural(eligible, 'eligible approver')} in all"
        needed = f"{policy.approvals} beside the requester needed"
        yield finding(
            Code.POLICY_TOO_FEW_APPROVERS,
            name,
            "; ".join(filter(None, (people, needed, problem))),
            "add people to `approvers`, or to the groups that it names",
        )
