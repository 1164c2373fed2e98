"""The few methods of Slack's Web API that delivery calls, over real HTTP, with faults on order."""

import json
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs

Message = dict[str, Any]


class Fault:
    """What happens to one call instead of, or after, doing it."""

    def __init__(
        self, method: str, *, channel: str = "", status: int = 200, error: str = "",
        retry_after: int = 0, done: bool = False, reset: bool = False,
    ) -> None:  # fmt: skip
        self.method, self.channel, self.status, self.error = method, channel, status, error
        self.retry_after = retry_after
        #: the call takes effect nevertheless
        self.done = done
        #: the connection is cut in place of an answer
        self.reset = reset


class StandIn:
    """The channel C0001 (`ops`), others by their ids, and direct messages."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.faults: deque[Fault] = deque()
        #: channel → what is true of it: `is_ext_shared`, `is_archived`
        self.flags: dict[str, dict[str, bool]] = {}
        #: what was uploaded, by the file's id
        self.files: dict[str, dict[str, Any]] = {}
        self._lock = Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/api/"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def texts(self, channel: str = "C0001") -> list[str]:
        with self._lock:
            found = [message for message in self.messages if message["thread_ts"] is None]
            return [message["text"] for message in found if message["channel"] == channel]

    def thread(self, root: str) -> list[str]:
        """The replies to the message with this text."""
        with self._lock:
            roots = [message["ts"] for message in self.messages if message["text"] == root]
            return [message["text"] for message in self.messages if message["thread_ts"] in roots]

    def called(self, method: str) -> int:
        with self._lock:
            return sum(name == method for name, _ in self.calls)

    def delete(self, text: str) -> None:
        with self._lock:
            self.messages = [message for message in self.messages if message["text"] != text]

    def answer(self, method: str, arguments: dict[str, Any]) -> tuple[Fault | None, dict[str, Any]]:
        with self._lock:
            self.calls.append((method, arguments))
            fault = next((f for f in self.faults if self._fits(f, method, arguments)), None)
            if fault is not None:
                self.faults.remove(fault)
            if fault is not None and not fault.done:
                return fault, {"ok": False, "error": fault.error}
            return fault, self._do(method, arguments)

    def _fits(self, fault: Fault, method: str, arguments: dict[str, Any]) -> bool:
        return fault.method == method and fault.channel in ("", arguments.get("channel"))

    def _do(self, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        match method:
            case "auth.test":
                return {"ok": True, "team_id": "T1", "team": "team", "user_id": "U0BOT"}
            case "conversations.list":
                return {"ok": True, "channels": [{"id": "C0001", "name": "ops"}], "response_metadata": {}}
            case "conversations.info":
                return {"ok": True, "channel": self._channel(arguments["channel"])}
            case "conversations.history":
                return self._page(arguments["channel"], None)
            case "conversations.replies":
                return self._page(arguments["channel"], arguments["ts"])
            case "chat.postMessage":
                return self._post(arguments)
            case "chat.update":
                return self._update(arguments)
            case "files.getUploadURLExternal":
                return self._announce(arguments)
            case "files.completeUploadExternal":
                return self._share(arguments)
        return {"ok": False, "error": "unknown_method"}

    def _channel(self, channel: str) -> dict[str, Any]:
        name = "ops" if channel == "C0001" else channel.lower()
        return {"id": channel, "name": name, "is_member": True, **self.flags.get(channel, {})}

    def _post(self, arguments: dict[str, Any]) -> dict[str, Any]:
        channel = "D" + arguments["channel"][1:] if arguments["channel"][0] == "U" else arguments["channel"]
        ts = f"{1_700_000_000 + len(self.calls)}.000100"
        thread_ts = arguments.get("thread_ts")
        if thread_ts is not None and not self._stands(channel, thread_ts):
            return {"ok": False, "error": "message_not_found"}
        message = {"channel": channel, "ts": ts, "thread_ts": thread_ts, "text": arguments["text"]}
        self.messages.append({**message, "metadata": json.loads(arguments["metadata"])})
        return {"ok": True, "channel": channel, "ts": ts}

    def _announce(self, arguments: dict[str, Any]) -> dict[str, Any]:
        file_id = f"F{len(self.files) + 1}"
        self.files[file_id] = {**arguments, "content": b""}
        return {"ok": True, "file_id": file_id, "upload_url": f"{self.url}upload/{file_id}"}

    def receive(self, file_id: str, content: bytes) -> None:
        with self._lock:
            self.files[file_id]["content"] = content

    def _share(self, arguments: dict[str, Any]) -> dict[str, Any]:
        (given,) = json.loads(arguments["files"])
        shown = {"id": given["id"], "name": self.files[given["id"]]["filename"], "title": given["title"]}
        message = {
            "channel": arguments["channel_id"],
            "ts": f"{1_700_000_000 + len(self.calls)}.000100",
            "thread_ts": arguments.get("thread_ts"),
            "text": arguments["initial_comment"],
            "files": [shown],
        }
        self.messages.append(message)
        return {"ok": True, "files": [shown]}

    def _page(self, channel: str, thread_ts: str | None) -> dict[str, Any]:
        if thread_ts is not None and not self._stands(channel, thread_ts):
            return {"ok": False, "error": "thread_not_found"}
        found = [each for each in self.messages if each["channel"] == channel]
        page = [each for each in reversed(found) if each["thread_ts"] == thread_ts]
        return {"ok": True, "messages": page, "response_metadata": {}}

    def _stands(self, channel: str, ts: str) -> bool:
        return any((each["channel"], each["ts"]) == (channel, ts) for each in self.messages)

    def _update(self, arguments: dict[str, Any]) -> dict[str, Any]:
        for message in self.messages:
            if (message["channel"], message["ts"]) == (arguments["channel"], arguments["ts"]):
                message["text"] = arguments["text"]
                return {"ok": True, "channel": arguments["channel"], "ts": arguments["ts"]}
        return {"ok": False, "error": "message_not_found"}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                where, _, last = self.path.rpartition("/")
                if where.endswith("/upload"):
                    stand_in.receive(last, content)
                    self._send(None, b"OK")
                    return
                body = content.decode()
                if self.headers.get("Content-Type", "").startswith("application/json"):
                    arguments = json.loads(body or "{}")
                else:
                    arguments = {name: values[0] for name, values in parse_qs(body).items()}
                if isinstance(arguments.get("metadata"), dict):
                    arguments["metadata"] = json.dumps(arguments["metadata"])
                fault, answer = stand_in.answer(last, arguments)
                if fault is not None and fault.reset:
                    self.close_connection = True
                    return
                self._send(fault, json.dumps(answer).encode())

            def _send(self, fault: Fault | None, content: bytes) -> None:
                self.send_response(fault.status if fault else 200)
                if fault is not None and fault.retry_after:
                    self.send_header("Retry-After", str(fault.retry_after))
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_arguments: Any) -> None:
                """Quietly."""

        return Handler
