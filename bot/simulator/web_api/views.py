"""views.*: Home and modals."""

from typing import Any

from bot.simulator import views
from bot.simulator.errors import invalid
from bot.simulator.limits import refuse_bad_view
from bot.simulator.rate_limits import TIER_4
from bot.simulator.web_api.registry import Answer, Call, method


@method("views.publish", rate=TIER_4)
def publish(call: Call) -> Answer:
    view = _view(call, "home")
    person = call.world.person(call.required("user_id"))
    return {"view": views.publish(call.world, person.id, view, call.text("hash"))}


@method("views.open", rate=TIER_4)
def open_view(call: Call) -> Answer:
    view = _view(call, "modal")
    person_id = call.core.triggers.use(call.required("trigger_id"))
    return {"view": views.open_modal(call.world, person_id, view)}


@method("views.push", rate=TIER_4)
def push(call: Call) -> Answer:
    view = _view(call, "modal")
    person_id = call.core.triggers.use(call.required("trigger_id"))
    return {"view": views.push(call.world, person_id, view)}


@method("views.update", rate=TIER_4)
def update(call: Call) -> Answer:
    view = _view(call, "modal", "home")
    view_id = call.text("view_id") or views.find_external(call.world, call.required("external_id"))
    return {"view": views.update(call.world, view_id, view, call.text("hash"))}


def _view(call: Call, *kinds: str) -> dict[str, Any]:
    view: dict[str, Any] | None = call.structure("view")
    if view is None:
        raise invalid("invalid_arguments", ["missing required field: view"])
    refuse_bad_view(view, *kinds)
    return view
