"""What the environment says: `SECONDKEY_SLACK__BOT_TOKEN` is `bot_token` in `[slack]`."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from bot.config.models import Settings
from bot.config.problems import nearest
from bot.errors import SecondkeyError

PREFIX = "SECONDKEY_"
DELIMITER = "__"


class _Environment(Settings, BaseSettings):
    """The settings as pydantic-settings looks for them; only its fields are used."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter=DELIMITER, env_ignore_empty=True, case_sensitive=False
    )


class _Source(EnvSettingsSource):
    """Reads the given variables, and leaves it to the models to complain about what is not JSON."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        super().__init__(_Environment)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name.lower(): value for name, value in self._environ.items() if value}

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


def from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """The variables as the nested keys that they stand for; lists and tables are written as JSON."""
    return _Source(environ)()


def unknown_variables(environ: Mapping[str, str]) -> Iterator[SecondkeyError]:
    """Variables that look like keys of ours and lead to no section; others may begin like that by chance."""
    sections = [name for name in Settings.model_fields if name != "scratch"]
    for variable in environ:
        name = variable.upper()
        if not name.startswith(PREFIX) or DELIMITER not in name:
            continue
        section = name.removeprefix(PREFIX).partition(DELIMITER)[0].lower()
        if section not in sections:
            yield SecondkeyError(
                f"{variable}: unknown variable of the environment", nearest(section, sections)
            )
