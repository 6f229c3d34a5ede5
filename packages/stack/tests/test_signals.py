"""An ending signal ends the wait at whatever instruction it comes, and never hangs it."""

import os
import signal
import subprocess
import sys

import pytest
from stack.processes import inherited_environment
from stack.signals import ENDING, ends_by_signal

STORM = """
import os, random, sys, threading, time
from stack.signals import ends_by_signal

number, at_once = int(sys.argv[1]), sys.argv[2] == "True"
begun, begin = os.pipe()

def ask():
    while os.read(begun, 1):
        time.sleep(random.random() / 1000)
        os.kill(os.getpid(), number)

threading.Thread(target=ask, daemon=True).start()
for n in range(200):
    try:
        with ends_by_signal(at_once=at_once) as ending:
            os.write(begin, b".")
            while not ending.wait(0):
                pass
            assert not at_once
    except KeyboardInterrupt:
        assert at_once
    assert len(os.listdir("/proc/self/fd")) < 100
print("ended 200 times")
"""


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("number", ENDING)
def test_no_moment_is_a_bad_one_for_a_signal(number: signal.Signals, at_once: bool) -> None:
    """The handler waited for a lock that the interrupted wait held: one end in two hung."""
    ended = subprocess.run(
        [sys.executable, "-c", STORM, str(int(number)), str(at_once)],
        env=inherited_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip() == "ended 200 times"


def test_a_second_signal_does_not_cut_the_end_short() -> None:
    asked = 0
    with ends_by_signal() as ending:
        assert not ending.wait(0)
        for _ in range(3):
            try:
                os.kill(os.getpid(), signal.SIGTERM)
                assert ending.wait(10)
            except KeyboardInterrupt:
                asked += 1
    assert asked == 1
