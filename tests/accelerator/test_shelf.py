from __future__ import annotations

import threading

import pytest

from hitpoint.accelerator import Device, Shelf, choose_device, is_out_of_memory, seeded, with_less_memory
from hitpoint.model.errors import DeviceMemoryError, SettingError

torch = pytest.importorskip("torch")

CPU = Device(kind="cpu", name="test CPU", memory_bytes=1000)


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Memory:
    """1000 bytes, of which models on the shelf take their part."""

    def __init__(self) -> None:
        self.taken_elsewhere = 0
        self.shelf: Shelf | None = None
        self.sizes = {"a": 400, "b": 300, "c": 500}

    def free(self) -> int:
        assert self.shelf is not None
        return 1000 - self.taken_elsewhere - sum(self.sizes[key] for key in self.shelf.keys)


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shelf(memory: Memory, clock: Clock) -> Shelf:
    memory.shelf = Shelf(CPU, idle_s=60, free_bytes=memory.free, clock_s=clock)
    return memory.shelf


def use(shelf: Shelf, key: str, loaded: list[str]) -> None:
    def load() -> str:
        loaded.append(key)
        return key

    with shelf.lend(key, load, size_bytes={"a": 400, "b": 300, "c": 500}[key]) as model:
        assert model == key


def test_a_model_is_loaded_once(shelf: Shelf) -> None:
    loaded: list[str] = []
    use(shelf, "a", loaded)
    use(shelf, "a", loaded)
    assert loaded == ["a"]


def test_two_threads_share_one_model_and_take_turns(shelf: Shelf) -> None:
    loaded: list[str] = []
    inside, most = 0, 0
    lock = threading.Lock()

    def work() -> None:
        nonlocal inside, most
        with shelf.lend("a", lambda: loaded.append("a") or "a", size_bytes=400):
            with lock:
                inside += 1
                most = max(most, inside)
            threading.Event().wait(0.02)
            with lock:
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loaded == ["a"]
    assert most == 1


def test_what_was_used_longest_ago_makes_room(shelf: Shelf, clock: Clock) -> None:
    loaded: list[str] = []
    use(shelf, "a", loaded)
    clock.now_s = 1
    use(shelf, "b", loaded)
    clock.now_s = 2
    use(shelf, "c", loaded)
    assert shelf.keys == ("b", "c")


def test_what_is_in_use_stays(shelf: Shelf) -> None:
    loaded: list[str] = []
    with shelf.lend("a", lambda: "a", size_bytes=400):
        use(shelf, "b", loaded)
        use(shelf, "c", loaded)  # b makes room, a is in use
        assert shelf.keys == ("a", "c")


def test_idle_models_are_put_away(shelf: Shelf, clock: Clock) -> None:
    use(shelf, "a", [])
    clock.now_s = 59
    shelf.tidy()
    assert shelf.keys == ("a",)
    clock.now_s = 61
    shelf.tidy()
    assert shelf.keys == ()


def test_another_program_that_needs_the_memory_gets_it(shelf: Shelf, memory: Memory) -> None:
    use(shelf, "a", [])
    memory.taken_elsewhere = 580
    shelf.tidy()
    assert shelf.keys == ()


def test_a_model_that_does_not_fit_says_so(shelf: Shelf) -> None:
    def load() -> str:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")

    with (
        pytest.raises(DeviceMemoryError, match=r"test CPU has too little free memory for the model big"),
        shelf.lend("big", load, size_bytes=1),
    ):
        pass
    assert shelf.keys == ()


def test_less_is_tried_after_out_of_memory(shelf: Shelf) -> None:
    tried: list[int] = []
    told: list[str] = []

    def work(size: int) -> str:
        tried.append(size)
        if size > 2:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return f"{size} at once"

    assert with_less_memory(work, (8, 4, 2, 1), shelf=shelf, what="looking", warn=told.append) == "2 at once"
    assert tried == [8, 4, 2]
    assert len(told) == 2
    assert "at 8 at once" in told[0]


def test_too_little_even_for_the_smallest(shelf: Shelf) -> None:
    def work(size: int) -> None:
        raise MemoryError

    with pytest.raises(DeviceMemoryError, match="looking: test CPU has too little free memory even for 1 at once"):
        with_less_memory(work, (2, 1), shelf=shelf, what="looking")


def test_other_errors_are_not_memory(shelf: Shelf) -> None:
    def work(size: int) -> None:
        raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="shapes do not fit"):
        with_less_memory(work, (2, 1), shelf=shelf, what="looking")


def test_a_real_allocation_too_large_is_recognised() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(2**52, dtype=torch.float32)
    assert is_out_of_memory(caught.value)


def test_the_device_that_there_is() -> None:
    device = choose_device("cpu")
    assert device.torch_name == "cpu"
    assert device.number_format == "float32"
    assert device.free_bytes() > 0


@pytest.mark.parametrize("asked", ["tpu", "cpu:1", "cuda:x"])
def test_an_unknown_device(asked: str) -> None:
    with pytest.raises(SettingError, match="there is no device"):
        choose_device(asked)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a card")
def test_a_device_that_is_not_there() -> None:
    with pytest.raises(SettingError, match="torch finds no cuda device"):
        choose_device("cuda")


def test_a_seed_leaves_torchs_own_randomness_alone() -> None:
    device = choose_device("cpu")
    state = torch.random.get_rng_state()
    with seeded(7, device):
        first = torch.randn(4)
    with seeded(7, device):
        again = torch.randn(4)
    assert torch.equal(first, again)
    assert torch.equal(state, torch.random.get_rng_state())
