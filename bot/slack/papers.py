"""Long documents in a channel: a canvas in its tabs, or a file among its messages."""

from slack_sdk import WebClient

from bot.slack.rooms import asked


def canvas(client: WebClient, channel: str, title: str, markdown: str) -> str:
    """Its id. Raises `Declined` where the plan, an administrator or a missing scope forbids it, and what is
    passing."""
    content = {"type": "markdown", "markdown": markdown}
    canvas_id: str = asked(client.canvases_create, title=title, channel_id=channel, document_content=content)[
        "canvas_id"
    ]
    return canvas_id


def file(client: WebClient, channel: str, thread_ts: str | None, name: str, title: str, text: str) -> None:
    """As `canvas`."""
    asked(
        client.files_upload_v2, channel=channel, thread_ts=thread_ts, filename=name, title=title, content=text
    )
