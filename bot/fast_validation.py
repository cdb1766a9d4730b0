"""Check an action server's answer with a validator compiled once.

Rasa calls `jsonschema.validate` on every answer, which first re-checks the schema itself: half of the time of a turn.
The same schema and the same error stay; only the compiling is done once.
"""

from __future__ import annotations

import logging
from typing import Any

from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction

logger = logging.getLogger(__name__)


def install() -> bool:
    """Replace the check in Rasa's RemoteAction; False, and nothing changed, where this Rasa looks different."""
    if not callable(getattr(RemoteAction, "_validate_action_result", None)) or not callable(
        getattr(RemoteAction, "action_response_format_spec", None)
    ):
        logger.warning("Rasa's RemoteAction looks different from 3.6: action answers are validated its own, slow way.")
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
    return True
