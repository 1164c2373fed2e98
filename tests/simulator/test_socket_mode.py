"""Socket Mode on the wire: tickets, hello, one of several, retries, disconnects."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, WSServerHandshakeError

from bot.simulator.server import Simulator
from tests.simulator.conftest import client_of
from tests.simulator.scripts import Scripts

OPS = "C00000002"
Json = dict[str, Any]


def address(simulator: Simulator) -> str:
    return str(client_of(simulator).apps_connections_open(app_token=simulator.workspace.app_token)["url"])


def run(work: Callable[[ClientSession], Coroutine[Any, Any, None]]) -> None:
    async def inside() -> None:
        async with ClientSession() as session:
            await work(session)

    asyncio.run(inside())


async def connect(session: ClientSession, simulator: Simulator) -> ClientWebSocketResponse:
    socket = await session.ws_connect(await asyncio.to_thread(address, simulator))
    assert (await socket.receive_json(timeout=5))["type"] == "hello"
    return socket


async def do(scripts: Scripts, path: str, **body: Any) -> Json:
    answer: Json = await asyncio.to_thread(lambda: scripts.post(path, **body))
    return answer


def command(scripts: Scripts, text: str = "x") -> Awaitable[Json]:
    return asyncio.ensure_future(
        do(scripts, "command", user="Mara", channel="ops", command="/backup", text=text)
    )


def test_a_ticket_admits_once(simulator: Simulator) -> None:
    async def work(session: ClientSession) -> None:
        url = await asyncio.to_thread(address, simulator)
        socket = await session.ws_connect(url)
        hello = await socket.receive_json(timeout=5)
        assert (hello["num_connections"], hello["connection_info"]["app_id"]) == (1, "A00000001")
        for used in (url, url.replace("ticket=", "ticket=x")):
            with pytest.raises(WSServerHandshakeError, match="401"):
                await session.ws_connect(used)

    run(work)


def test_the_eleventh_connection_is_sent_away(simulator: Simulator) -> None:
    async def work(session: ClientSession) -> None:
        kept = [await connect(session, simulator) for _ in range(10)]
        socket = await session.ws_connect(await asyncio.to_thread(address, simulator))
        assert (await socket.receive_json(timeout=5))["reason"] == "too_many_websockets"
        assert (await socket.receive(timeout=5)).type is WSMsgType.CLOSE
        assert not any(one.closed for one in kept)

    run(work)


def test_each_payload_goes_to_exactly_one_connection(simulator: Simulator, scripts: Scripts) -> None:
    async def work(session: ClientSession) -> None:
        got: list[list[str]] = [[], []]

        async def serve(number: int, socket: ClientWebSocketResponse) -> None:
            async for message in socket:
                envelope = message.json()
                got[number].append(envelope["payload"]["text"])
                await socket.send_json({"envelope_id": envelope["envelope_id"]})

        sockets = [await connect(session, simulator) for _ in range(2)]
        serving = [asyncio.create_task(serve(number, one)) for number, one in enumerate(sockets)]
        answers = [await command(scripts, str(number)) for number in range(6)]
        assert all(answer["ok"] for answer in answers)
        assert (len(got[0]), len(got[1])) == (3, 3)
        assert sorted(got[0] + got[1]) == list("012345")
        for task in serving:
            task.cancel()

    run(work)


def test_the_acknowledgement_may_come_over_another_connection(simulator: Simulator, scripts: Scripts) -> None:
    async def work(session: ClientSession) -> None:
        first = await connect(session, simulator)
        answer = command(scripts)
        envelope = await first.receive_json(timeout=5)
        second = await connect(session, simulator)
        await second.send_str("no json")
        await second.send_json({"envelope_id": "made up"})
        await second.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "noted"}})
        assert (await answer)["response"] == {"text": "noted"}

    run(work)


def test_a_command_that_is_not_acknowledged_is_not_repeated(simulator: Simulator, scripts: Scripts) -> None:
    simulator.faults.patience = 0.2

    async def work(session: ClientSession) -> None:
        socket = await connect(session, simulator)
        assert (await command(scripts))["error"] == "operation_timeout"
        assert (await socket.receive_json(timeout=5))["type"] == "slash_commands"
        with pytest.raises(TimeoutError):
            await socket.receive(timeout=0.5)

    run(work)


def test_an_event_is_repeated_with_the_same_id_until_acknowledged(
    simulator: Simulator, scripts: Scripts
) -> None:
    simulator.faults.patience, simulator.faults.retry_delays = 0.1, (0.0, 0.1, 0.2)
    ts = client_of(simulator).chat_postMessage(channel=OPS, text="x")["ts"]

    async def work(session: ClientSession) -> None:
        socket = await connect(session, simulator)
        await do(scripts, "reaction", user="Mara", channel="ops", ts=ts, name="eyes")
        got = [await socket.receive_json(timeout=5) for _ in range(3)]
        await socket.send_json({"envelope_id": got[-1]["envelope_id"]})
        assert [one["retry_attempt"] for one in got] == [0, 1, 2]
        assert [one["retry_reason"] for one in got] == ["", "timeout", "timeout"]
        assert len({one["payload"]["event_id"] for one in got}) == 1
        assert len({one["envelope_id"] for one in got}) == 3
        with pytest.raises(TimeoutError):
            await socket.receive(timeout=0.5)

    run(work)


def test_whoever_is_told_to_go_gets_nothing_more(simulator: Simulator, scripts: Scripts) -> None:
    async def work(session: ClientSession) -> None:
        leaving, staying = [await connect(session, simulator) for _ in range(2)]
        await asyncio.to_thread(simulator.disconnect, "refresh_requested")
        told = await leaving.receive_json(timeout=5)
        assert (told["type"], told["reason"]) == ("disconnect", "refresh_requested")
        for _ in range(3):
            answer = command(scripts)
            envelope = await staying.receive_json(timeout=5)
            await staying.send_json({"envelope_id": envelope["envelope_id"]})
            assert (await answer)["ok"]
        await asyncio.to_thread(lambda: simulator.disconnect("link_disabled", every=True))
        assert (await staying.receive_json(timeout=5))["reason"] == "link_disabled"
        assert (await staying.receive(timeout=5)).type is WSMsgType.CLOSE
        assert (await command(scripts))["error"] == "dispatch_failed"

    run(work)


def test_a_browser_page_of_another_origin_gets_no_connection(simulator: Simulator) -> None:
    async def work(session: ClientSession) -> None:
        url = await asyncio.to_thread(address, simulator)
        with pytest.raises(WSServerHandshakeError, match="403"):
            await session.ws_connect(url, headers={"Origin": "https://attacker.example"})

    run(work)
