"""README.md keeps up with the settings and the commands."""

from __future__ import annotations

import re

from pydantic import BaseModel

from core.settings import PROJECT_ROOT, Settings
from dangol.cli import app

README = (PROJECT_ROOT / "README.md").read_text()


def setting_names(model: type[BaseModel], prefix: str = "DANGOL_") -> set[str]:
    names: set[str] = set()
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            names |= setting_names(inner, f"{prefix}{name.upper()}__")
        else:
            names.add(prefix + name.upper())
    return names


def test_every_setting_is_in_the_table_and_no_other() -> None:
    assert set(re.findall(r"^\| `(DANGOL_\w+)`", README, re.MULTILINE)) == setting_names(Settings)


def test_every_command_is_listed_and_no_other() -> None:
    groups = {group.name: group.typer_instance for group in app.registered_groups}
    wanted = {
        command.name or str(command.callback and command.callback.__name__) for command in app.registered_commands
    }
    for name, group in groups.items():
        assert group is not None
        called = {command.callback.__name__ for command in group.registered_commands if command.callback}
        wanted |= {f"{name} {each.replace('_', '-')}" for each in called}
    listed = set(re.findall(r"^    \.venv/bin/dangol ((?:demo |article |rules |model )?[\w-]+)", README, re.MULTILINE))
    assert listed == wanted
