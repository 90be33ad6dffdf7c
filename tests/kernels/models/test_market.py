import numpy as np
import pytest

from slonana_analysis.kernels.models.market import ACTIONS, FEATURES, market_data


def test_the_same_seed_gives_the_same_market() -> None:
    one, same, other = market_data(50, 3), market_data(50, 3), market_data(50, 4)
    assert np.array_equal(one.features, same.features)
    assert np.array_equal(one.labels, same.labels)
    assert not np.array_equal(one.features, other.features)


def test_shapes_types_and_ranges() -> None:
    data = market_data(2000, 1)
    assert data.features.shape == (2000, len(FEATURES))
    assert data.features.dtype == np.int32
    assert np.abs(data.features).max() < 2**19
    # Every action pays often enough to be learnt.
    assert np.bincount(data.labels, minlength=len(ACTIONS)).min() > 300
    spread, volume = data.features[:, 5], data.features[:, 4]
    assert min(spread.min(), volume.min()) > 0


def test_features_are_known_before_the_label() -> None:
    # A longer history of the same seed would tell if a row looked ahead; a shifted one tells, too:
    # the momentum of one step is the return that the row before was to foresee.
    data = market_data(500, 2)
    momentum, labels = data.features[1:, 0], data.labels[:-1]
    assert (labels == 2).tolist() == (momentum > 2000).tolist()
    assert (labels == 0).tolist() == (momentum < -2000).tolist()


def test_the_order_book_foretells_something_and_not_all() -> None:
    data = market_data(5000, 1)
    imbalance = data.features[:, 6]
    correlation = np.corrcoef(imbalance, data.labels)[0, 1]
    assert 0.2 < correlation < 0.8


def test_a_market_needs_a_row() -> None:
    assert market_data(1, 1).features.shape == (1, 8)
    with pytest.raises(ValueError, match="needs a row"):
        market_data(0, 1)
