"""PSNR, SSIM and luma: closed forms, and SSIM by the definition's sums."""

import numpy as np
import pytest

from kerasuite.evaluation.pictures import luma, luma_figures, psnr, ssim


def test_luma_of_white_black_and_primaries():
    colours = np.array([[255, 255, 255], [0, 0, 0], [255, 0, 0], [0, 255, 0]], "uint8")
    np.testing.assert_allclose(luma(colours), [235, 16, 81.481, 144.553])


def test_psnr_of_a_constant_difference():
    picture = np.random.default_rng(0).integers(0, 200, (9, 7))
    assert psnr(picture, picture + 5) == pytest.approx(20 * np.log10(255 / 5))
    assert psnr(picture, picture) == float("inf")
    with pytest.raises(ValueError, match=r"\(9, 7\) and \(9, 6\)"):
        psnr(picture, picture[:, 1:])


def test_ssim_of_constants_and_by_its_definition():
    a, b = np.full((11, 11), 100.0), np.full((11, 11), 140.0)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    assert ssim(a, b) == pytest.approx((2 * 100 * 140 + c1) / (100**2 + 140**2 + c1), rel=1e-9)
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 256, (2, 11, 11)).astype("float64")  # a single window
    offsets = np.arange(-5, 6)
    window = np.exp(-(offsets[:, None] ** 2 + offsets**2) / (2 * 1.5**2))
    window /= window.sum()
    means = (window * a).sum(), (window * b).sum()
    variances = (window * a**2).sum() - means[0] ** 2 + (window * b**2).sum() - means[1] ** 2
    covariance = (window * a * b).sum() - means[0] * means[1]
    wanted = (2 * means[0] * means[1] + c1) * (2 * covariance + c2)
    wanted /= (means[0] ** 2 + means[1] ** 2 + c1) * (variances + c2)
    assert ssim(a, b) == pytest.approx(wanted, rel=1e-9)
    assert ssim(a, a) == pytest.approx(1)
    with pytest.raises(ValueError, match="at least 11x11"):
        ssim(a[:5], b[:5])


def test_a_frame_is_left_out():
    true = np.random.default_rng(0).integers(0, 256, (24, 20, 3)).astype("uint8")
    made = true.copy()
    made[:4], made[-4:], made[:, :4], made[:, -4:] = 0, 0, 0, 0
    assert luma_figures(made, true) == {"psnr": float("inf"), "ssim": pytest.approx(1)}
    assert luma_figures(made, true, border=3)["psnr"] < 40
