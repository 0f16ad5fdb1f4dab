"""The command line: `underkeel` and `python -m bot`. `bot.app` does the work, imported when a command runs.

Exit codes: 0 done, 1 failed, 2 wrong settings or usage, 130 interrupted.
"""

import os
import sys
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

os.environ.setdefault("TYPER_USE_RICH", "0")  # its help costs 0.3 s of imports; read when typer is imported

import typer

from bot.errors import SettingsError, UnderkeelError

if TYPE_CHECKING:
    from bot.settings import Settings

EXIT_FAILED = 1
EXIT_SETTINGS = 2
EXIT_INTERRUPTED = 130

cli = typer.Typer(
    name="underkeel",
    help="Says how much water is left under an Aave position's keel, and warns when the tide goes out.",
    add_completion=False,
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Config = Annotated[Path | None, typer.Option(help="TOML file; else underkeel.toml here, if there is one.")]
DataDir = Annotated[str | None, typer.Option(help="Folder for what must survive a restart.")]
Set = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Any setting; before all others.")
]
LogLevel = Annotated[str | None, typer.Option(help="debug, info, warning or error.")]


@cli.callback()
def bare(context: typer.Context) -> None:
    """Without a command: the demo where nothing is set, else `run`."""
    if context.invoked_subcommand is None:
        if _is_unset(os.environ, Path()):
            demo()
        run()


@cli.command()
def run(
    config: Config = None, data_dir: DataDir = None, set_: Set = None, log_level: LogLevel = None
) -> None:
    """Watch, and talk in Telegram; without a token, in this terminal."""
    _do(lambda app, settings: app.run(settings), config, _options(data_dir, set_, log_level), "")


@cli.command()
def ask(
    text: Annotated[str, typer.Argument(help='A chat command, e.g. "position 0x..."')],
    as_json: Annotated[bool, typer.Option("--json", help="Facts as JSON, for scripts.")] = False,  # noqa: FBT002
    config: Config = None,
    data_dir: DataDir = None,
    set_: Set = None,
    log_level: LogLevel = None,
) -> None:
    """Run one chat command and print its answer."""
    options = _options(data_dir, set_, log_level)
    _do(lambda app, settings: app.ask(settings, text, as_json), config, options, "warning")


labels_cli = typer.Typer(
    help="Whose an address is: look into, add to, import into and refresh your own labels.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
cli.add_typer(labels_cli, name="labels")


@labels_cli.command("list")
def labels_list(
    words: Annotated[
        list[str] | None,
        typer.Argument(help="Exchange, chain, address, kind, confidence; own: only yours."),
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="As lines that import takes.")] = False,  # noqa: FBT002
    config: Config = None,
    data_dir: DataDir = None,
    set_: Set = None,
    log_level: LogLevel = None,
) -> None:
    """Show labels, or how many each exchange has."""
    options = _options(data_dir, set_, log_level)
    _labels(lambda labels, settings: labels.list_labels(settings, words or (), as_csv), config, options)


@labels_cli.command("add")
def labels_add(
    chain: Annotated[str, typer.Argument(help="ethereum, bnb, base ... or a chain id.")],
    address: Annotated[str, typer.Argument(help="0x...")],
    exchange: Annotated[str, typer.Argument(help="Binance, Kraken ... or a name of your own.")],
    kind: Annotated[str, typer.Argument(help="hot, cold, main, deposit, contract or staking.")] = "main",
    note: Annotated[str, typer.Option(help="What you want to be reminded of.")] = "",
    config: Config = None,
    data_dir: DataDir = None,
    set_: Set = None,
    log_level: LogLevel = None,
) -> None:
    """Say whose an address is; goes before the project's table."""
    words = {"chain": chain, "address": address, "exchange": exchange, "kind": kind, "note": note}
    options = _options(data_dir, set_, log_level)
    _labels(lambda labels, settings: labels.add_label(settings, words), config, options)


@labels_cli.command("remove")
def labels_remove(
    address: Annotated[str, typer.Argument(help="0x...")],
    config: Config = None,
    data_dir: DataDir = None,
    set_: Set = None,
    log_level: LogLevel = None,
) -> None:
    """Take back what you said of an address."""
    options = _options(data_dir, set_, log_level)
    _labels(lambda labels, settings: labels.remove_label(settings, address), config, options)


@labels_cli.command("import")
def labels_import(
    file: Annotated[Path, typer.Argument(help="Lines: chain,address,exchange,kind,source,date; - for stdin")],
    config: Config = None,
    data_dir: DataDir = None,
    set_: Set = None,
    log_level: LogLevel = None,
) -> None:
    """Take labels from a file; a wrong line is told and keeps no other back."""
    options = _options(data_dir, set_, log_level)
    _labels(lambda labels, settings: labels.import_labels(settings, file), config, options)


@labels_cli.command("update")
def labels_update(
    exchanges: Annotated[list[str] | None, typer.Argument(help="Only these; else all.")] = None,
    config: Config = None,
    data_dir: DataDir = None,
    set_: Set = None,
    log_level: LogLevel = None,
) -> None:
    """Fetch the exchanges' own proofs of reserve."""
    options = _options(data_dir, set_, log_level)
    _labels(lambda labels, settings: labels.update_labels(settings, exchanges or ()), config, options)


@cli.command()
def demo(
    episode: Annotated[
        str, typer.Argument(help="trend-research, short-squeeze, gap, or the path of a file.")
    ] = "trend-research",
    speed: Annotated[float, typer.Option(min=0.01, max=1000, help="2 = twice as fast.")] = 1.0,
    plain: Annotated[bool, typer.Option("--plain", help="Lines without waiting, as in a pipe.")] = False,  # noqa: FBT002
) -> None:
    """Play a stretch of history in this terminal: no token, no network, a minute or two."""
    from bot.demo.curtain import rise  # noqa: PLC0415  as below

    try:
        played = rise(episode)
        import asyncio  # noqa: PLC0415

        from bot.demo import show  # noqa: PLC0415
        from bot.logs import configure  # noqa: PLC0415

        configure(level="error")
        code = asyncio.run(show.run(played, speed=speed, plain=plain))
    except UnderkeelError as error:
        sys.stderr.write(f"{error}\n")
        code = EXIT_FAILED
    except KeyboardInterrupt:
        code = EXIT_INTERRUPTED
    raise typer.Exit(code)


@cli.command()
def replay(
    words: Annotated[
        list[str], typer.Argument(help='As /replay takes them: "10 ETH vs 16k USDT" trend-research hf 1.5')
    ],
    prices: Annotated[Path | None, typer.Option(help="Lines of time,price to play over.")] = None,
    decisions: Annotated[  # noqa: FBT002
        bool, typer.Option("--decisions", help="Of an episode or recording: every decision, one a line.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Facts as JSON, for scripts.")] = False,  # noqa: FBT002
    config: Config = None,
    data_dir: DataDir = None,
    set_: Set = None,
    log_level: LogLevel = None,
) -> None:
    """Try rules on the past: an episode, a recording, prices. Nothing is sent."""
    options = _options(data_dir, set_, log_level)
    if decisions:
        raise typer.Exit(_decisions(words))
    _do(lambda app, settings: app.replay(settings, words, prices, as_json), config, options, "warning")


@cli.command()
def healthcheck(
    config: Config = None, data_dir: DataDir = None, set_: Set = None, log_level: LogLevel = None
) -> None:
    """Exit 0 when the running bot is well, 1 when not."""
    # Asked every half minute by containers: it imports neither the chain nor the chats.
    import time  # noqa: PLC0415

    from bot.heartbeat import Heartbeat  # noqa: PLC0415
    from bot.settings import load  # noqa: PLC0415

    try:
        options = _options(data_dir, set_, log_level)
        settings = load(options, environ=os.environ, folder=Path(), config=config)
    except SettingsError as error:
        _tell(error)
        raise typer.Exit(EXIT_SETTINGS) from None
    pulse = Heartbeat(settings.data_dir).read(time.time(), settings.stale_after_s)
    sys.stdout.write("\n".join(pulse.words) + "\n")
    raise typer.Exit(0 if pulse.well else EXIT_FAILED)


@cli.command()
def version() -> None:
    """Print the version."""
    from bot.version import VERSION  # noqa: PLC0415

    sys.stdout.write(f"underkeel {VERSION}\n")


def main() -> None:
    """Entry point of the installed program."""
    cli(prog_name="underkeel")


def _is_unset(environ: Mapping[str, str], folder: Path) -> bool:
    """Whether nobody has set anything yet: no variable, no file. What the settings are nobody asks here."""
    prefix = "UNDERKEEL_"
    if any(name.upper().startswith(prefix) and value.strip() for name, value in environ.items()):
        return False
    if any((folder / name).exists() for name in (".env", "underkeel.toml")):
        return False
    secrets = Path("/run/secrets")
    return not secrets.is_dir() or not any(one.name.upper().startswith(prefix) for one in secrets.iterdir())


def _tell(error: SettingsError) -> None:
    sys.stderr.write("".join(f"{fault}\n" for fault in error.faults))


def _options(data_dir: str | None, set_: list[str] | None, log_level: str | None) -> list[tuple[str, str]]:
    """The dedicated options last: the plainest word wins."""
    named = (("--data-dir", data_dir), ("--log-level", log_level))
    return [("--set", text) for text in set_ or ()] + [
        (name, text) for name, text in named if text is not None
    ]


def _decisions(words: list[str]) -> int:
    """Of one file, by the rules behind it or those of a new watch; no settings are read."""
    import asyncio  # noqa: PLC0415

    from bot.app.decisions import tell  # noqa: PLC0415
    from bot.logs import configure  # noqa: PLC0415

    configure(level="error")
    try:
        asyncio.run(tell(words[0], " ".join(words[1:]), sys.stdout))
    except UnderkeelError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_FAILED
    return 0


def _labels(
    work: Callable[[Any, "Settings"], Coroutine[Any, Any, int]],
    config: Path | None,
    options: list[tuple[str, str]],
) -> None:
    def with_labels(_app: Any, settings: "Settings") -> Coroutine[Any, Any, int]:
        from bot.app import labels  # noqa: PLC0415

        return work(labels, settings)

    _do(with_labels, config, options, "warning")


def _do(
    work: Callable[[Any, "Settings"], Coroutine[Any, Any, int]],
    config: Path | None,
    options: list[tuple[str, str]],
    quiet: str,
) -> None:
    """Read the settings, set up the logs, run the work, turn errors into exit codes. `quiet`: usual level."""
    import asyncio  # noqa: PLC0415  0.05 s that --help does not need

    from bot import app  # noqa: PLC0415
    from bot.logs import configure  # noqa: PLC0415
    from bot.redaction import Redactor  # noqa: PLC0415
    from bot.settings import load  # noqa: PLC0415

    configure(level=quiet or "info")
    try:
        settings = load(options, environ=os.environ, folder=Path(), config=config, check=app.check)
        level = settings.log_level if settings.is_set("log_level") or not quiet else quiet
        redactor = Redactor(settings.secrets(), settings.secret_hosts())
        configure(level=level, form=settings.log_format, redactor=redactor)
        code = asyncio.run(work(app, settings))
    except SettingsError as error:
        _tell(error)
        code = EXIT_SETTINGS
    except UnderkeelError as error:
        sys.stderr.write(f"{error}\n")
        code = EXIT_FAILED
    except KeyboardInterrupt:
        code = EXIT_INTERRUPTED
    raise typer.Exit(code)


if __name__ == "__main__":
    main()
