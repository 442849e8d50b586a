"""A worker's hands as a process of its own, for tests that kill it: tries every due job, then ends."""

from fulfillment.config import load_settings
from fulfillment.runtime import make_runtime
from tests.flows.bench import Hands

if __name__ == "__main__":
    runtime = make_runtime(load_settings(), application_name="tests-hands")
    Hands(runtime).work()
    runtime.close()
