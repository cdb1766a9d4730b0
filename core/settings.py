"""Settings: environment first, then `.env` in the home folder, which the first run writes with generated secrets.

The home folder (DANGOL_HOME, else the folder of the checkout) holds `.env` and `var/`, all that a shop must keep.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from pydantic import BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parent.parent
SECRET_NAMES = ("DANGOL_IDENTITY_SECRET", "DANGOL_SECRET_KEY", "DANGOL_INTERNAL_TOKEN")


class RasaSettings(BaseModel):
    """Where the Rasa server listens (loopback)."""

    port: int = 5005


class ActionsSettings(BaseModel):
    """Where the action server listens (loopback)."""

    port: int = 5055


class TelegramSettings(BaseModel):
    """The Telegram gateway; without a token it is not started. `base_url` names another Bot API server."""

    token: SecretStr | None = None
    base_url: str = "https://api.telegram.org/bot"


class EmbeddingSettings(BaseModel):
    """`embedded` is the shipped model; else a sentence-transformers hub name or folder."""

    model: str = "embedded"


class SmtpSettings(BaseModel):
    """The mail server: `smtp://user:password@host:port?from=shop@example.com`, or `smtps://` where TLS begins at once.

    Without one the demonstration shows its mails on a page of its own, and a shop sends none.
    """

    url: SecretStr | None = None


class RateLimitSettings(BaseModel):
    """Off only to measure on one's own machine."""

    enabled: bool = True


class ShopSettings(BaseModel):
    """The shop's own system, asked when rule shop.agreement is `webhook`; see docs/shop-webhook.md."""

    webhook_url: str = ""
    webhook_secret: SecretStr | None = Field(default=None, min_length=32)


class Settings(BaseSettings):
    """All settings, prefix DANGOL_, nested with two underscores; README.md documents each, a test sees to it."""

    model_config = SettingsConfigDict(env_prefix="DANGOL_", env_nested_delimiter="__", extra="ignore")

    home: Path
    port: int = 8000
    database_url: str = ""
    identity_secret: SecretStr = Field(min_length=32)
    secret_key: SecretStr = Field(min_length=32)
    internal_token: SecretStr = Field(min_length=32)
    allowed_origins: str = ""
    rasa: RasaSettings = RasaSettings()
    actions: ActionsSettings = ActionsSettings()
    telegram: TelegramSettings = TelegramSettings()
    embedding: EmbeddingSettings = EmbeddingSettings()
    rate_limits: RateLimitSettings = RateLimitSettings()
    smtp: SmtpSettings = SmtpSettings()
    public_url: str = ""
    shop: ShopSettings = ShopSettings()

    @property
    def var(self) -> Path:
        """The folder of everything written at run time."""
        return self.home / "var"

    @property
    def store_url(self) -> str:
        """The store's address: the one set, else the embedded SQLite file."""
        return self.database_url or f"sqlite:///{self.var / 'dangol.db'}"

    @property
    def rasa_url(self) -> str:
        """The Rasa server, over loopback."""
        return f"http://127.0.0.1:{self.rasa.port}"

    @property
    def actions_url(self) -> str:
        """The action server, over loopback."""
        return f"http://127.0.0.1:{self.actions.port}"

    @property
    def pages_url(self) -> str:
        """Where customers reach this web application, without a slash at the end: for links in mails."""
        return (self.public_url or f"http://127.0.0.1:{self.port}").rstrip("/")

    def origins(self) -> list[str]:
        """Origins of the shop's own pages that may use the chat API."""
        return [origin.strip() for origin in self.allowed_origins.split(",") if origin.strip()]


def home_folder() -> Path:
    """DANGOL_HOME, else the checkout."""
    return Path(os.environ.get("DANGOL_HOME") or PROJECT_ROOT).resolve()


def _write_first_env(path: Path) -> None:
    lines = ["# Written at the first run. Secrets: keep this file private, and with your backups.\n"]
    lines += [f"{name}={secrets.token_urlsafe(36)}\n" for name in SECRET_NAMES]
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        # O_EXCL: two processes starting together must not each write their own secrets.
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.writelines(lines)
    except FileExistsError:
        return


def load_settings() -> Settings:
    """Read the settings, writing `.env` with fresh secrets where there is none yet.

    Raises pydantic.ValidationError, naming the setting, for a value that does not fit.
    """
    home = home_folder()
    env_file = home / ".env"
    if not env_file.exists():
        _write_first_env(env_file)
    (home / "var").mkdir(parents=True, exist_ok=True)
    return Settings(_env_file=env_file, home=home)
