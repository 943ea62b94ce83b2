"""Results of many files, kept on disk: their number must not decide how much memory a run takes."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar, cast, overload

from optimizer.errors import InputError

KeptT = TypeVar("KeptT")


class Kept(Sequence[KeptT], Generic[KeptT]):
    """A sequence in a temporary file without a name. Each look at an item reads it again and gives a new object.

    `packed` are items as `pickle` writes them. Raises InputError if there is no room for them.
    """

    def __init__(self, packed: Iterable[bytes]) -> None:
        self._places = [0]
        self._file = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            for each in packed:
                self._file.write(each)
                self._places.append(self._places[-1] + len(each))
            self._file.flush()
        except OSError as error:
            raise InputError(f"no room for results: {(error.strerror or str(error)).lower()}") from None

    def __len__(self) -> int:
        return len(self._places) - 1

    def __iter__(self) -> Iterator[KeptT]:
        return map(self._read, range(len(self)))

    @overload
    def __getitem__(self, index: int) -> KeptT: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[KeptT, ...]: ...

    def __getitem__(self, index: int | slice) -> KeptT | tuple[KeptT, ...]:
        if isinstance(index, slice):
            return tuple(map(self._read, range(len(self))[index]))
        return self._read(range(len(self))[index])

    def _read(self, index: int) -> KeptT:
        begin, end = self._places[index : index + 2]
        self._file.seek(begin)
        # Written by processes of this run, to a file that nobody else can open.
        return cast("KeptT", pickle.loads(self._file.read(end - begin)))
