"""Measured signals: as published, split without leaks, and refused where they are malformed."""

import csv
import gzip
import io
import wave
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from scipy.signal import ShortTimeFFT, get_window

from seqbench.data.baselines import forecasts
from seqbench.data.formats import labeled, mel, series
from seqbench.data.guards import Blob
from seqbench.data.sets import (
    ett,
    exchange_rate,
    indoor_movement,
    japanese_vowels,
    monthly_sunspots,
    spoken_digits,
    ucr,
)
from seqbench.errors import InputError
from tests.helpers.mirror import mirrored
from tests.helpers.places import MIRROR


@pytest.fixture(autouse=True)
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SEQBENCH_MIRROR", str(MIRROR))
    yield


def contents(part: labeled.Labeled) -> set[bytes]:
    return {sequence.tobytes() for sequence in part.sequences}


def zipped(members: dict[str, bytes]) -> Blob:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return Blob("set: its file", file.getvalue())


def refuses(parse: Callable[[Blob], object], blob: Blob, problem: str) -> None:
    """In one sentence of the house's form."""
    with pytest.raises(InputError, match=r"^set: its file[^\n]* Allowed: [^\n]*\.$") as raised:
        parse(blob)
    assert problem in str(raised.value)


# ------------------------------------------------------------------ transformer temperature


@mirrored
@pytest.mark.parametrize("station", ("ETTh1", "ETTh2"))
def test_ett_is_standardized_by_its_first_12_months(station: str) -> None:
    with (MIRROR / "ett" / f"{station}.csv").open() as file:
        rows = list(csv.reader(file))[1:]
    numbers = np.array([[float(cell) for cell in row[1:]] for row in rows])
    np.testing.assert_array_equal(ett.load(station), numbers)
    train = numbers[: 365 * 24 - 5 * 24]  # 12 months of 30 days
    expected = (numbers - train.mean(0)) / train.std(0)
    np.testing.assert_allclose(ett.standardized(station), expected, atol=1e-12)


@mirrored
def test_ett_asks_for_no_hour_of_another_part() -> None:
    asked = []
    for number, count in enumerate((8640 - 96 - 24 + 1, 2880 - 24 + 1, 2880 - 24 + 1)):
        ends = ett.ends(number, 96, 24)
        assert len(ends) == count, "Informer's number of windows"
        asked.append(set((ends[:, None] + np.arange(24)).ravel()))
    assert not (asked[0] & asked[1] or asked[1] & asked[2])
    assert (min(asked[1]), min(asked[2]), max(asked[2])) == (8640, 11520, 14399)
    part = ett.part("ETTh1", "all", 2, 96, 24)
    whole = ett.standardized("ETTh1")
    np.testing.assert_array_equal(part.x[5], whole[11520 + 5 - 96 : 11520 + 5])
    np.testing.assert_array_equal(part.y[5], whole[11520 + 5 : 11520 + 5 + 24])


def hourly(rows: int = ett.HOURS) -> list[str]:
    hours = np.datetime64("2016-07-01T00:00:00") + np.arange(rows).astype("timedelta64[h]")
    dates = [str(hour).replace("T", " ") for hour in hours]
    return ["date,HUFL,HULL,MUFL,MULL,LUFL,LULL,OT", *(f"{d},1,2,3,4,5,6,7" for d in dates)]


def test_ett_refuses() -> None:
    good = hourly()
    assert ett.parse(Blob("set: its file", "\n".join(good).encode())).shape == (ett.HOURS, 7)
    swapped = [*good[:100], good[101], good[100], *good[102:]]
    for lines, problem in (
        (good[1:], "other columns"),
        ([good[0].replace("OT", "TO"), *good[1:]], "other columns"),
        (good[:-1], "misses an hour"),
        (swapped, "misses an hour"),
        ([*good[:9], good[9] + ",8", *good[10:]], "9 columns in line 10"),
        ([*good[:9], good[9].replace(",3,", ",nan,"), *good[10:]], "not finite"),
    ):
        refuses(ett.parse, Blob("set: its file", "\n".join(lines).encode()), problem)


# ------------------------------------------------------------------ exchange rates


@mirrored
def test_exchange_rates_are_split_as_published() -> None:
    with gzip.open(MIRROR / "exchange_rate" / "exchange_rate.txt.gz", "rt") as file:
        rates = np.array([[float(cell) for cell in line.split(",")] for line in file])
    n = len(rates)
    assert (0, int(0.6 * n), int((0.6 + 0.2) * n), n) == exchange_rate.BORDERS
    for number, count in enumerate((4552 - 168 - 2, 1518, 1518)):  # as LSTNet counts them
        part = exchange_rate.part(number, 168, 3)
        assert part.x.shape == (count, 168, 8) and part.y.shape == (count, 1, 8)
    day = exchange_rate.BORDERS[2]
    np.testing.assert_allclose(exchange_rate.rates(part.y[0, 0]), rates[day])
    np.testing.assert_allclose(exchange_rate.rates(part.x[0]), rates[day - 2 - 168 : day - 2])
    np.testing.assert_allclose(exchange_rate.rates(part.y[-1, 0]), rates[-1])
    np.testing.assert_allclose(exchange_rate.scale()[0], rates[:4552].mean(0))


def test_exchange_rate_refuses() -> None:
    good = ["1,2,3,4,5,6,7,8"] * exchange_rate.DAYS
    for lines, problem in (
        (good[:-1], "has 7,587 days"),
        ([*good[:-1], "1,2,3,4,5,6,7,-8"], "0 or less"),
        ([*good[:-1], "1,2,3,4,5,6,7"], "7 columns"),
    ):
        packed = gzip.compress("\n".join(lines).encode())
        refuses(exchange_rate.parse, Blob("set: its file", packed), problem)
    refuses(exchange_rate.parse, Blob("set: its file", b"1,2,3"), "no whole .gz")


# ------------------------------------------------------------------ sunspots


@mirrored
@pytest.mark.parametrize(("length", "warmup"), ((144, 36), (40, 10), (400, 1), (7, 6)))
def test_every_held_out_month_is_asked_once(length: int, warmup: int) -> None:
    with (MIRROR / "time_series" / "monthly-sunspots.csv").open() as file:
        numbers = np.array([float(row[1]) for row in list(csv.reader(file))[1:]])
    train = numbers[:2256]
    for part in (1, 2):
        runs = monthly_sunspots.runs(part, length, warmup)
        asked = runs.months[:, 1:][runs.asked] * train.std() + train.mean()
        first, last = monthly_sunspots.BORDERS[part : part + 2]
        np.testing.assert_allclose(asked, numbers[first:last])
        assert not runs.asked[:, :warmup].any()
    runs = monthly_sunspots.runs(0, length, warmup)
    assert runs.asked.sum() == (length - warmup) * (2256 - length)
    np.testing.assert_allclose(runs.months[-1, -1] * train.std() + train.mean(), train[-1])


def test_monthly_sunspots_refuse() -> None:
    months = (np.datetime64("1749-01") + np.arange(2820)).astype(str)
    good = ['"Month","Sunspots"', *(f'"{month}",5.0' for month in months)]
    assert monthly_sunspots.parse(Blob("set: its file", "\n".join(good).encode())).sum() == 14100
    for lines, problem in (
        (good[1:], "other columns"),
        (good[:-1], "misses a month"),
        ([*good[:6], *good[7:], '"1984-01",3'], "misses a month"),
        ([*good[:-1], good[-1].replace("5.0", "-1")], "negative"),
        ([*good[:-1], good[-1].replace("5.0", "?")], "no table of numbers"),
    ):
        refuses(monthly_sunspots.parse, Blob("set: its file", "\n".join(lines).encode()), problem)


# ------------------------------------------------------------------ the archive

HEADER = """# a comment: with colons, 1,2
@problemName Small
@timeStamps false
@missing false
@univariate false
@dimensions 2
@equalLength false
@classLabel true left right
@data
"""
ROWS = ["1,2,3:4,5,6:right", "7,8:9,0:left"]


def ts(header: str = HEADER, rows: list[str] = ROWS) -> Blob:
    return Blob("set: its file", (header + "\n".join(rows) + "\n").encode())


def test_ts_files_are_read() -> None:
    found = series.parse(ts())
    assert found.labels.tolist() == [1, 0]
    np.testing.assert_array_equal(found.sequences[0], [[1, 4], [2, 5], [3, 6]])
    np.testing.assert_array_equal(found.sequences[1], [[7, 9], [8, 0]])


@pytest.mark.parametrize(
    ("header", "rows", "problem"),
    (
        (HEADER.replace("@data\n", ""), ROWS, "line 9 is '1,2,3:4,5,6:right'"),
        ("", [], "no line @data"),
        (HEADER, [], "has no series"),
        (HEADER, ["1,2:3,4:up"], "line 10 ends in 'up'"),
        (HEADER, ["1,2:right"], "line 10 has 1 channels"),
        (HEADER, ["1,2:3:left"], "different lengths"),
        (HEADER, ["1,?:3,4:left"], "line 10: could not convert"),
        (HEADER, ["1,nan:3,4:left"], "not finite"),
        (HEADER, ["1,:3,4:left"], "could not convert"),
        (HEADER.replace("@missing false", "@missing true"), ROWS, "@missing true"),
        (HEADER.replace("left right", "left left"), ROWS, "names no two classes"),
        (HEADER.replace("@classLabel true", "@classLabel false"), ROWS, "names no two classes"),
        (HEADER.replace("@dimensions 2", "@dimensions many"), ROWS, "does not say its channels"),
        (HEADER.replace("@equalLength false", "@equalLength true"), ROWS, "lengths from 2 to 3"),
        (HEADER.replace("@problemName", "@exec"), ROWS, "line 2 is '@exec Small'"),
        (HEADER.replace("@timeStamps", "@missing"), ROWS, "line 4 is '@missing false'"),
    ),
)
def test_ts_files_are_refused(header: str, rows: list[str], problem: str) -> None:
    refuses(series.parse, ts(header, rows), problem)


def test_ts_files_keep_their_promised_length() -> None:
    equal = HEADER.replace("@equalLength false", "@equalLength true\n@seriesLength 3")
    assert len(series.parse(ts(equal, ROWS[:1])).sequences[0]) == 3
    refuses(series.parse, ts(equal, ROWS[1:]), "@seriesLength 3")


@mirrored
@pytest.mark.parametrize("name", ucr.SETS)
def test_archive_sets_are_as_published(name: str) -> None:
    kind = ucr.SETS[name]
    train, valid, test = ucr.parts(name)
    assert len(train.labels) + len(valid.labels) == kind.train and len(test.labels) == kind.test
    assert len({*train.labels}) == kind.classes and {*valid.labels} <= {*train.labels}
    assert 0.15 * kind.train <= len(valid.labels) <= 0.25 * kind.train
    assert not contents(train) & contents(valid)
    assert not (contents(train) | contents(valid)) & contents(test)


@mirrored
@pytest.mark.parametrize("name", [name for name in ucr.SETS if name != "ecg5000"])
def test_archive_files_against_their_lines(name: str) -> None:
    path = MIRROR / "ucr_uea" / f"{ucr.SETS[name].name}_TEST.ts"
    *columns, label = path.read_text("utf-8").splitlines()[-1].split(":")
    classes = next(line for line in path.read_text("utf-8").splitlines() if "@classLabel" in line)
    _, test = ucr.published(name)
    expected = np.array([column.split(",") for column in columns], float).T
    np.testing.assert_array_equal(test.sequences[-1], expected)
    assert classes.split()[2:][test.labels[-1]] == label


@mirrored
@pytest.mark.parametrize(
    ("name", "error"),
    (("gunpoint", 0.0867), ("italypowerdemand", 0.0447), ("ecg200", 0.12), ("osuleaf", 0.4793),
     ("acsf1", 0.46), ("ecg5000", 0.0751)),
)  # fmt: skip
def test_nearest_neighbor_has_the_error_that_the_archive_lists(name: str, error: float) -> None:
    assert 1 - ucr.neighbor(name) == pytest.approx(error, abs=1e-4)


def test_archive_tables_are_refused() -> None:
    kind = ucr.Kind("Small", 1, 2, 3, 2, 2)
    parse = lambda blob: ucr.part(blob, kind, 2)  # noqa: E731
    good = "1\t.1\t.2\t.3\n2\t.1\t.2\t.3"
    assert parse(Blob("set: its file", good.encode())).labels.tolist() == [0, 1]
    array = io.BytesIO()
    np.save(array, np.array([[1, 0.1, 0.2, np.inf]] * 2))
    for data, problem in (
        (good.replace("2\t.1", "3\t.1").encode(), "unknown class"),
        (good.replace("2\t.1", "1.5\t.1").encode(), "unknown class"),
        (good.splitlines()[0].encode(), "only a piece"),
        (good.replace("\t.3", "").encode(), "3 columns"),
        (array.getvalue(), "finite"),
        (ts().data, "is not Small"),
    ):
        refuses(parse, Blob("set: its file", data), problem)


@mirrored
def test_univariate_series_are_published_standardized() -> None:
    for name in ("gunpoint", "ecg200", "osuleaf", "acsf1", "italypowerdemand"):
        for sequence in ucr.parts(name)[0].sequences:
            deviations = sequence.std(), sequence.std(ddof=1)
            assert abs(sequence.mean()) < 1e-4 and min(abs(d - 1) for d in deviations) < 1e-3
    train, _, test = ucr.parts("basicmotions")
    steps = np.concatenate(train.sequences)
    np.testing.assert_allclose(steps.mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(steps.std(0), 1)
    assert abs(np.concatenate(test.sequences).std(0) - 1).max() > 0.01


# ------------------------------------------------------------------ vowels and walks


@mirrored
def test_japanese_vowels_are_as_published() -> None:
    train, valid, test = japanese_vowels.parts()
    assert [len(p.labels) for p in (train, valid, test)] == [207, 63, 370]
    assert Counter(train.labels.tolist()) == dict.fromkeys(range(9), 23)
    lengths = [len(s) for part in (train, valid, test) for s in part.sequences]
    assert (min(lengths), max(lengths)) == (7, 29)
    assert not contents(train) & contents(valid) and not contents(train) & contents(test)
    path = MIRROR / "ucr_uea" / "JapaneseVowels_TRAIN.ts"
    *columns, speaker = path.read_text().splitlines()[-270].split(":")
    first = japanese_vowels.published("TRAIN")
    expected = np.array([column.split(",") for column in columns], float).T
    np.testing.assert_array_equal(first.sequences[0], expected)
    assert int(speaker) == first.labels[0] + 1


def test_japanese_vowels_refuse() -> None:
    header = HEADER.replace("@dimensions 2", "@dimensions 12")
    rows = [":".join(["1,2,3,4,5,6,7"] * 12) + ":left"]
    parse = lambda blob: japanese_vowels.checked(blob, (30,) * 9)  # noqa: E731
    refuses(parse, ts(header, rows), "utterances of its speakers")
    refuses(parse, ts(), "another set")


@mirrored
def test_walks_are_split_by_their_rooms() -> None:
    walks, groups = indoor_movement.load()
    assert len(walks.sequences) == 314 and sum(map(len, walks.sequences)) == 13_197
    assert walks.labels.sum() == 158
    train, valid, test = indoor_movement.parts()
    assert [len(p.labels) for p in (train, valid, test)] == [158, 52, 104]
    third = {s.tobytes() for s, g in zip(walks.sequences, groups, strict=True) if g == 3}
    assert contents(test) == third and len(third) == 104
    assert not contents(train) & contents(valid) and not third & (contents(train) | contents(valid))
    with zipfile.ZipFile(MIRROR / "indoor_movement" / "IndoorMovement.zip") as archive:
        lines = archive.read("dataset/MovementAAL_RSS_314.csv").decode().splitlines()[1:]
        target = archive.read("dataset/MovementAAL_target.csv").decode().split()[-1]
    np.testing.assert_array_equal(walks.sequences[-1], [eval(f"[{line}]") for line in lines])
    assert (target == "314,1") == (walks.labels[-1] == 1)


def walks_of(change: dict[str, bytes]) -> Blob:
    step = b"#a, b, c, d\n" + b"0.1,0.2,0.3,-0.4\n" * 20
    numbers = range(1, 315)
    rooms = b"".join(b"%d,%d\n" % (n, 1 + (n > 104) + (n > 210)) for n in numbers)
    targets = b"".join(b"%d,%d\n" % (n, 1 if n % 2 else -1) for n in numbers)
    members = {f"dataset/MovementAAL_RSS_{n}.csv": step for n in numbers}
    members["dataset/MovementAAL_target.csv"] = b"#\xc2\xa0"[:1] + b"id, class\n" + targets
    members["groups/MovementAAL_DatasetGroup.csv"] = b"#id, group\n" + rooms
    return zipped(members | change)


def test_indoor_movement_refuses() -> None:
    assert indoor_movement.parse(walks_of({})).groups.sum() == 104 + 2 * 106 + 3 * 104
    walk, target = "dataset/MovementAAL_RSS_7.csv", "dataset/MovementAAL_target.csv"
    for change, problem in (
        ({walk: b"#a, b, c, d\n0.1,0.2,0.3,0.4\n"}, "is no walk"),
        ({walk: b"#a, b, c, d\n" + b"0.1,0.2,0.3,4\n" * 30}, "is no walk"),
        ({walk: b"#a, b, c\n" + b"0.1,0.2,0.3\n" * 30}, "3 columns"),
        ({target: b"#id, class\n1,1\n"}, "does not number its walks"),
        ({target: b"#i, c\n" + b"".join(b"%d,2\n" % n for n in range(1, 315))}, "another value"),
    ):
        refuses(indoor_movement.parse, walks_of(change), problem)
    refuses(indoor_movement.parse, zipped({"x.csv": b"1"}), "has no member")


# ------------------------------------------------------------------ spoken digits


def test_frames_against_scipys_short_time_transform() -> None:
    samples = np.random.default_rng(0).normal(size=3000)
    window = get_window("hann", 200)
    transform = ShortTimeFFT(window, 80, 8000, mfft=512, scale_to="magnitude")
    count = mel.steps(8000, 3000, 10)
    power = transform.spectrogram(samples, p0=0, p1=count, k_offset=100)
    expected = np.log(power.T @ mel.triangles(8000).T + mel.FLOOR)
    np.testing.assert_allclose(mel.frames(samples, 8000, 10), expected, rtol=1e-9)
    assert expected.shape == (count, mel.BANDS)


def test_triangles_cover_every_pitch_once() -> None:
    triangles = mel.triangles(8000)
    frequencies = np.fft.rfftfreq(512, 1 / 8000)
    peaks = frequencies[triangles.argmax(1)]
    inside = (frequencies >= peaks[1]) & (frequencies <= peaks[-2])
    np.testing.assert_allclose(triangles.sum(0)[inside], 1)
    assert (triangles >= 0).all() and (triangles.sum(1) > 0).all() and (np.diff(peaks) > 0).all()
    tone = np.sin(2 * np.pi * 1000 * np.arange(4000) / 8000)
    loudest = mel.frames(tone, 8000, 10).mean(0).argmax()
    assert abs(peaks[loudest] - 1000) < 80


def test_silence_is_the_floor() -> None:
    np.testing.assert_allclose(mel.frames(np.zeros(400), 8000, 10), np.log(mel.FLOOR))


@mirrored
def test_recordings_are_as_published() -> None:
    recordings = spoken_digits.load()
    counts = Counter((r.digit, r.speaker) for r in recordings)
    assert len(recordings) == 3000 and set(counts.values()) == {50} and len(counts) == 60
    assert sum(len(r.samples) > spoken_digits.RATE for r in recordings) == 20
    assert len({(r.digit, r.speaker, r.take) for r in recordings}) == 3000
    chosen = next(r for r in recordings if (r.digit, r.speaker, r.take) == (7, "theo", 3))
    with (
        zipfile.ZipFile(MIRROR / "fsdd" / "recordings.zip") as archive,
        wave.open(io.BytesIO(archive.read("recordings/7_theo_3.wav"))) as file,
    ):
        raw = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert np.abs(chosen.samples).max() == 1
    np.testing.assert_allclose(chosen.samples * np.abs(raw.astype(int)).max(), raw)


@mirrored
@pytest.mark.parametrize(
    ("split", "sizes"), (("usual", [2400, 300, 300]), ("speaker", [2000, 500, 500]))
)
def test_recordings_are_split_without_leaks(split: str, sizes: list[int]) -> None:
    parts: list[list[spoken_digits.Recording]] = [[], [], []]
    for recording in spoken_digits.load():
        parts[spoken_digits.which(split, recording)].append(recording)
    assert [len(part) for part in parts] == sizes
    seen = [{r.samples.tobytes() for r in part} for part in parts]
    assert not (seen[0] & seen[1] or seen[0] & seen[2] or seen[1] & seen[2])
    if split == "speaker":
        assert [{r.speaker for r in part} for part in parts[1:]] == [{"theo"}, {"yweweler"}]
    else:
        assert {r.take for r in parts[2]} == set(range(5))
    train = np.concatenate(spoken_digits.parts(split, 10, 1.0)[0].sequences)
    np.testing.assert_allclose(train.mean(0), 0, atol=1e-9)
    np.testing.assert_allclose(train.std(0), 1)


@mirrored
@pytest.mark.parametrize("split", ("usual", "speaker"))
def test_streams_say_every_recording_once(split: str) -> None:
    for part, own in zip(
        spoken_digits.streams(split, 10, 1.0, 5), spoken_digits.parts(split, 10, 1.0), strict=True
    ):
        said, heard = [], []
        for stream in part:
            speaks = stream.labels != spoken_digits.DIGITS
            borders = np.flatnonzero(np.diff(speaks.astype(int))) + 1
            pieces = np.split(stream.frames, borders)
            assert len(pieces) == 11 and not speaks[0] and not speaks[-1]
            assert all(10 <= len(pause) <= 30 for pause in pieces[::2])
            assert len(np.unique(np.concatenate(pieces[::2]), axis=0)) == 1, "one silence"
            said += [int(labels[0]) for labels in np.split(stream.labels, borders)[1::2]]
            heard += [piece.tobytes() for piece in pieces[1::2]]
        assert sorted(heard) == sorted(s.tobytes() for s in own.sequences)
        digit = dict(zip([s.tobytes() for s in own.sequences], own.labels.tolist(), strict=True))
        assert [digit[piece] for piece in heard] == said


def sound(samples: np.ndarray, rate: int = 8000) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as opened:
        opened.setnchannels(1)
        opened.setsampwidth(2)
        opened.setframerate(rate)
        opened.writeframes(samples.astype("<i2").tobytes())
    return file.getvalue()


def test_spoken_digits_refuse() -> None:
    good = sound(np.arange(1000) % 100)
    names = [
        f"{d}_{s}_{t}.wav" for d in range(10) for s in spoken_digits.SPEAKERS for t in range(50)
    ]
    whole = {f"recordings/{name}": good for name in names}
    assert len(spoken_digits.parse(zipped(whole))) == 3000
    first = "recordings/0_george_0.wav"
    missing = {name: data for name, data in whole.items() if name != first}
    for members, problem in (
        (missing, "has 2,999 recordings"),
        (missing | {"recordings/0_nobody_0.wav": good}, "another name"),
        (missing | {"recordings/0_george_50.wav": good}, "another name"),
        (whole | {first: sound(np.zeros(1000))}, "is silent"),
        (whole | {first: sound(np.arange(1000), 16000)}, "another rate"),
        (whole | {first: good[:100]}, "promises 1,000 samples"),
    ):
        refuses(spoken_digits.parse, zipped(members), problem)


# ------------------------------------------------------------------ the simplest rules


def test_the_naive_forecast_is_chosen_by_valid() -> None:
    """Test would choose the other one, whose error is the smaller one there."""
    calm = forecasts.Windows(np.full((1, 1, 1), 5.0), np.full((1, 1, 1), 6.0))
    wild = forecasts.Windows(np.full((1, 1, 1), 3.0), np.full((1, 1, 1), 1.0))
    assert forecasts.naive(calm, wild) == 4 and forecasts.naive(wild, calm) == 36


def test_every_fourth_of_each_class_is_held_out() -> None:
    labels = np.array([0, 1, 0, 0, 1, 0, 0, 0, 0, 0])
    assert np.flatnonzero(labeled.every(labels, 4)).tolist() == [5, 9]


def test_nearest_rules_by_hand() -> None:
    points, labels = np.array([[0.0, 0], [1, 0], [5, 5]]), np.array([0, 0, 1])
    asked, right = np.array([[0.4, 0.1], [4, 4], [2.6, 2.6]]), np.array([0, 1, 1])
    assert labeled.nearest_neighbor(points, labels, asked, right) == 2 / 3
    assert labeled.nearest_mean(points, labels, asked, right) == 2 / 3
    assert labeled.nearest_mean(points, labels, asked + 0.5, right) == 1
    assert labeled.majority(labels, right) == 1 / 3


def test_summaries_are_means_over_fifths() -> None:
    sequence = np.arange(20.0).reshape(10, 2)
    expected = [1, 2, 5, 6, 9, 10, 13, 14, 17, 18]
    np.testing.assert_array_equal(labeled.summaries([sequence])[0], expected)
