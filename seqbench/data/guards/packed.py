"""What is inside archives, in memory: nothing is ever extracted to a disk."""

import gzip
import re
import stat
import zipfile
import zlib
from io import BytesIO
from pathlib import PurePosixPath

from seqbench.data.guards.blob import MOST, Blob

RATIO = 200  # unpacked to packed bytes: text has 3 to 10, deflate's utmost is 1032
SMALL = 2**20  # bytes that may have any ratio
MEMBERS = 20_000
DEEPEST = 12  # folders
PLAIN = (0, stat.S_IFREG, stat.S_IFDIR)  # kinds of members; 0: written where there are no kinds
ENCRYPTED = 0x1  # bit of a member's flags
_DRIVE = re.compile(r"^[A-Za-z]:")
_BROKEN = (OSError, EOFError, zlib.error, zipfile.BadZipFile, ValueError, NotImplementedError)


def gunzip(blob: Blob, most: int = MOST) -> Blob:
    """What a .gz file holds; its own checksum is compared.

    Raises:
        InputError: no .gz, truncated, damaged, or larger than it may be.
    """
    limit = min(most, max(SMALL, RATIO * len(blob.data)))
    try:
        with gzip.GzipFile(fileobj=BytesIO(blob.data)) as file:
            data = file.read(limit + 1)
    except _BROKEN as error:
        raise blob.refused(f"is no whole .gz file ({error})", "a .gz file") from error
    if len(data) > limit:
        raise blob.refused(f"unpacks to more than {limit:,} bytes", "what is not a bomb")
    return Blob(f"{blob.where}, unpacked", data)


class Archive:
    """A .zip file, all of whose members were looked at before any is read.

    Raises:
        InputError: it is damaged, too large inside, or holds what no data set needs: paths out of
            its folder, links, names that occur twice, passwords, unusual compression.
    """

    def __init__(self, blob: Blob, most: int = MOST):
        self.blob = blob
        try:
            self._file = zipfile.ZipFile(BytesIO(blob.data))
        except _BROKEN as error:
            raise blob.refused(f"is no whole .zip file ({error})", "a .zip file") from error
        members = self._file.infolist()
        if len(members) > MEMBERS:
            raise blob.refused(f"has {len(members):,} members", f"at most {MEMBERS:,}")
        total = sum(member.file_size for member in members)
        limit = min(most, max(SMALL, RATIO * len(blob.data)))
        if total > limit:
            raise blob.refused(f"unpacks to {total:,} bytes", f"at most {limit:,}")
        self._members: dict[str, zipfile.ZipInfo] = {}
        for member in members:
            if problem := self._problem(member):
                raise blob.refused(problem, "plain files and folders below one folder")
            self._members[member.filename.casefold()] = member

    def _problem(self, member: zipfile.ZipInfo) -> str | None:
        name = member.orig_filename
        parts = name.removesuffix("/").split("/")
        if not name or not name.isprintable() or len(name) > 200 or len(parts) > DEEPEST:
            return f"has a member with an odd name ({name[:80]!r})"
        if name.startswith("/") or "\\" in name or _DRIVE.match(name) or {"..", ".", ""} & {*parts}:
            return f"has a member outside its folder ({name!r})"
        if name.casefold() in self._members:
            return f"has the member {name!r} twice"
        if stat.S_IFMT(member.external_attr >> 16) not in PLAIN:
            return f"has a member that is a link or a device ({name!r})"
        if member.flag_bits & ENCRYPTED:
            return f"has a member with a password ({name!r})"
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            return f"has a member packed in an unusual way ({name!r})"
        return None

    def names(self, pattern: str = "*") -> tuple[str, ...]:
        """The files whose last parts match (`recordings/*.wav`), sorted; not what macOS adds."""
        files = [member.filename for member in self._members.values() if not member.is_dir()]
        return tuple(
            sorted(
                name
                for name in files
                if PurePosixPath(name).match(pattern) and not name.startswith("__MACOSX/")
            )
        )

    def read(self, name: str) -> Blob:
        """One member.

        Raises:
            InputError: there is none of that name, it is damaged, or it is an archive itself.
        """
        member = self._members.get(name.casefold())
        if member is None or member.filename != name:
            raise self.blob.refused(f"has no member {name!r}", "the set as published")
        where = Blob(f"{self.blob.where}, {name}", b"")
        try:
            data = self._file.read(member)
        except (*_BROKEN, RuntimeError) as error:
            raise where.refused(f"is damaged ({error})", "a whole member") from error
        if zipfile.is_zipfile(BytesIO(data)) or data.startswith(b"\x1f\x8b"):
            raise where.refused("is an archive inside an archive", "one level")
        return where._replace(data=data)
