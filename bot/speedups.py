"""What makes Rasa answer faster without answering differently.

- `jsonschema.validate` re-checks the schema itself with every answer of the action server: half of the time of a turn.
- To read an event back, its class is searched for by walking the whole class tree, for each event.
- numpy hands products of small vectors to threads that then spin: twice the processor time, on cores that others want.
"""

from __future__ import annotations

import functools
import logging
from typing import Any

from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.events import Event
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

logger = logging.getLogger(__name__)


def install() -> bool:
    """Replace the first two in Rasa; False, and they stay, where this Rasa looks different."""
    threadpool_limits(1)
    wanted = (
        (RemoteAction, "_validate_action_result"),
        (RemoteAction, "action_response_format_spec"),
        (Event, "resolve_by_type"),
    )
    if not all(callable(getattr(owner, name, None)) for owner, name in wanted):
        logger.warning("This Rasa looks different from 3.6: it runs unchanged, and slower.")
        return False
    schema = RemoteAction.action_response_format_spec()
    validator_class = validator_for(schema)
    validator_class.check_schema(schema)
    validator = validator_class(schema)

    def validate_action_result(self: RemoteAction, result: dict[str, Any]) -> bool:
        """True, or jsonschema.ValidationError for an answer that is none."""
        validator.validate(result)
        return True

    RemoteAction._validate_action_result = validate_action_result
    # The event classes are all there once Rasa is imported.
    Event.resolve_by_type = staticmethod(functools.cache(Event.resolve_by_type))
    return True
