"""What can go wrong with a stack. Every message is for the person at the terminal: zh-CN, then English."""

from collections.abc import Sequence


class StackError(Exception):
    """The base: its text says what happened and what to do next."""


class PortTaken(StackError):
    """A port is taken by another program."""

    def __init__(self, port: int, setting: str) -> None:
        self.port = port
        self.setting = setting
        super().__init__(
            f"端口 {port} 已经有程序在用：请先停掉它，或者用 {setting} 换一个端口再来。"
            f" / Port {port} is in use: stop what uses it, or choose another one with {setting}."
        )


class NotReady(StackError):
    """A process ended, or did not become ready in time. Carries the last lines of its log."""

    def __init__(self, name: str, why: str, lines: Sequence[str] = ()) -> None:
        self.name = name
        tail = "".join(f"\n  {name} │ {line}" for line in lines)
        super().__init__(f"{name} 没有起来 / {name} did not start: {why}{tail}")


class AlreadyRunning(StackError):
    """Another process holds this data folder."""

    def __init__(self, folder: object) -> None:
        super().__init__(
            f"{folder} 里的这一套正在运行：请先执行 python -m stack down。"
            f" / The stack in {folder} is running: end it with python -m stack down first."
        )


class NotRunning(StackError):
    """There is no running stack in this folder."""

    def __init__(self, folder: object) -> None:
        super().__init__(
            f"{folder} 里没有正在运行的一套：请先执行 python -m stack up。"
            f" / No stack runs in {folder}: start it with python -m stack up."
        )


class WrongBrokerCount(StackError):
    """The data was made by another number of brokers; a quorum does not change its size by itself."""

    def __init__(self, found: int, asked: int) -> None:
        super().__init__(
            f"这份数据是 {found} 个 Kafka 节点的，不能用 {asked} 个节点打开：请加 --brokers {found}，或者换一个 --data。"
            f" / This data belongs to {found} Kafka node(s), not {asked}: use --brokers {found} or another --data."
        )


class JarsChanged(StackError):
    """What was downloaded is not what was locked; nothing of it is run."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"下载到的 Kafka 文件和锁定的不一致，没有运行：{'、'.join(names)}。请删掉本机的 jgo 和 Maven 缓存再试。"
            f" / Downloaded Kafka files differ from the lock and were not run: {', '.join(names)}."
            " Delete the caches of jgo and Maven and try again."
        )
