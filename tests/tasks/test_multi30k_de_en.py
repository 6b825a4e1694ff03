"""The task on translations, judged against whole references."""

import pytest
import torch
from torch import Tensor

from seqbench.data.baselines.overlap import bleu
from seqbench.data.sets import multi30k
from seqbench.task import Batch
from tests.helpers.mirror import SMALL, few, mirrored, noise, run_freely


@mirrored
def test_pairs_are_laid_out_as_drawn() -> None:
    task, batch = few("multi30k_de_en", 20, **SMALL)
    known = [multi30k.vocabulary(language, 300) for language in ("de", "en")]
    assert batch.x.shape == (21, 20, 3) and task.reading.encoder == 10 and task.outputs == 302
    for n in range(20):
        numbers, valid = batch.x[:, n, 0].long().tolist(), batch.valid[:, n]
        pair = [
            multi30k.whole(k, batch.x[0, n, 2:].long().numpy())[0].split() for k in ("de", "en")
        ]
        read = [known[0][s] for s, v in zip(numbers[:10], valid[:10], strict=True) if v]
        wanted = [w if w in known[0] else "<unk>" for w in pair[0][:10]]
        assert read == wanted and valid[10:].all() and (valid[:10].diff() >= 0).all()
        asked = [known[1][s] for s in batch.y[10:, n]]
        wanted = [w if w in known[1] else "<unk>" for w in pair[1][:10]]
        assert asked == wanted + ["<end>"] * (11 - len(wanted))
        assert numbers[10] == 302 + multi30k.END, "the start"
        assert [s - 302 for s in numbers[11:]] == batch.y[10:-1, n].tolist()
        assert batch.mask[:, n].tolist() == [0.0] * 10 + [1.0] * (len(wanted) + 1) + [0.0] * (
            10 - len(wanted)
        )
    assert batch.x[:, 0, 1].tolist() == [0.0] * 11 + [1.0] * 10, "the start is given, too"


@mirrored
def test_translations_are_judged_against_whole_references() -> None:
    task, batch = few("multi30k_de_en", 20, **SMALL)
    numbers = batch.x[0, :, 2].long().numpy()
    meant = multi30k.whole("en", numbers)
    said = task.written(batch.y[10:])
    assert task.judge(batch.y, batch).item() == pytest.approx(bleu(said, meant))
    after = batch.y.clone()
    for n in range(20):
        end = (batch.y[10:, n] == multi30k.END).int().argmax()
        after[10 + end + 1 :, n] = 9
    assert torch.equal(task.judge(after, batch), task.judge(batch.y, batch)), "after the first end"
    before = batch.y.clone()
    before[:10] = 7
    assert torch.equal(task.judge(before, batch), task.judge(batch.y, batch)), "while it reads"
    picked = torch.tensor([5, 3, 11])
    assert task.judge(batch.y[:, picked], batch.pick(picked)).item() == pytest.approx(
        bleu([said[i] for i in picked], [meant[i] for i in picked])
    )


@mirrored
def test_all_words_and_steps_make_a_translation_perfect() -> None:
    task, batch = few("multi30k_de_en", 20, words=9_779, longest=60)
    unknown = (batch.y == multi30k.UNKNOWN) & (batch.mask > 0)
    whole = (~unknown).all(0).nonzero()[:, 0]
    assert len(whole) > 10
    assert task.judge(batch.y[:, whole], batch.pick(whole)).item() == pytest.approx(100)


@mirrored
def test_padding_a_translation_changes_nothing() -> None:
    task, batch = few("multi30k_de_en", 20, **SMALL)
    outputs = noise(task, batch)

    def longer(part: Tensor, value: float = 0) -> Tensor:
        return torch.cat([part, torch.full_like(part[:4], value)])

    padded = Batch(
        longer(batch.x, 3), longer(batch.y), longer(batch.mask), valid=longer(batch.valid)
    )
    padded.x[-4:, :, 2] = batch.x[0, :, 2]
    again = torch.cat([outputs, noise(task, batch)[:4]])
    for judge in (task.loss, task.score):
        torch.testing.assert_close(judge(outputs, batch), judge(again, padded))


@mirrored
def test_the_decoder_hears_its_own_words_only_where_it_is_free() -> None:
    task, batch = few("multi30k_de_en", 20, **SMALL)
    outputs = noise(task, batch)
    heard = run_freely(task, batch, outputs)
    assert torch.equal(heard[:11], batch.x[:11]), "source and start stay"
    assert torch.equal(heard[11:, :, 0].long() - 302, outputs[10:-1].argmax(-1))
    assert torch.equal(heard[..., 1:], batch.x[..., 1:])
    assert heard[..., 0].max() < task.reading.front.symbols
