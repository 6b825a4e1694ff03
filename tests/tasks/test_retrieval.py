"""Selective copy, and associative recall with one query or many."""

import torch

from tests.helpers.signals import draw


def test_selective_copy_asks_for_the_strewn_symbols_in_order() -> None:
    task, batch = draw("selective_copy", 4000)
    tokens = batch.x.argmax(-1)
    blank, go, region = 8, 9, 40
    assert batch.x.shape == (50, 4000, 10) and (batch.x.sum(-1) == 1).all()
    assert (tokens[region:] == go).all() and (tokens[:region] != go).all()
    data = tokens[:region] != blank
    assert (data.sum(0) == 10).all()
    for n in range(200):
        assert torch.equal(batch.y[region:, n], tokens[:region, n][data[:, n]])
    assert batch.mask is not None
    assert (batch.mask[:region] == 0).all() and (batch.mask[region:] == 1).all()
    share = data.float().mean(1)
    assert (share - 0.25).abs().max() < 0.03, "every step is as likely to hold a symbol"
    first = data.float().argmax(0)
    assert first.min() == 0 and task.lag == region, "the farthest answer"


def test_associative_recall_answers_with_the_partner() -> None:
    task, batch = draw("associative_recall", 4000)
    tokens = batch.x.argmax(-1)
    keys, values, query = tokens[0:8:2], tokens[1:8:2] - 26, tokens[-1]
    assert batch.x.shape == (11, 4000, 37) and (tokens[8:10] == 36).all()
    assert keys.max() == 25 and keys.min() == 0 and values.min() == 0 and values.max() == 9
    assert all(len(set(keys[:, n].tolist())) == 4 for n in range(500)), "no key comes twice"
    assert any(len(set(values[:, n].tolist())) < 4 for n in range(500)), "a value may"
    asked = keys == query
    assert (asked.sum(0) == 1).all() and torch.equal(batch.y[0], (values * asked).sum(0))
    assert (asked.float().mean(1) - 0.25).abs().max() < 0.03
    assert task.lag == 10 and asked[0].any(), "the farthest is the key of step 0"


def test_multi_query_recall_asks_for_every_partner_once() -> None:
    task, batch = draw("multi_query_recall", 4000, pairs=5)
    tokens = batch.x.argmax(-1)
    assert batch.x.shape == (15, 4000, 24) and (batch.x.sum(-1) == 1).all()
    assert batch.mask is not None and batch.mask[:, 0].tolist() == [0.0] * 10 + [1.0] * 5
    for n in range(300):
        words = tokens[:, n].tolist()
        partner = dict(zip(words[:10:2], words[1:10:2], strict=True))
        assert sorted(words[10:]) == sorted(partner), "every key comes twice"
        assert batch.y[10:, n].tolist() == [partner[key] - 16 for key in words[10:]]
    same = (tokens[:10:2] == tokens[10:, None]).float().mean(-1)  # (queries, pairs)
    assert (same - 0.2).abs().max() < 0.03, "in random order"
    assert task.lag == 14 and (tokens[0] == tokens[14]).any(), "the farthest is the key of step 0"
