"""Takes chance out of torch while something runs, so that two programs can be given the same numbers."""

import contextlib

import torch


@contextlib.contextmanager
def given(noise=None):
    """All that is drawn is zero, but for the first normal tensor of the shape of `noise`, which is `noise`.

    The generators' initial phases and source noise are the zeros; the prior's noise is what is given.
    """
    kept = torch.rand, torch.randn_like, torch.rand_like
    waiting = [noise] if noise is not None else []

    def randn_like(like, **options):
        if waiting and tuple(waiting[0].shape) == tuple(like.shape):
            return waiting.pop().to(like.dtype)
        return torch.zeros_like(like, **options)

    torch.rand = torch.zeros
    torch.randn_like = randn_like
    torch.rand_like = torch.zeros_like
    try:
        yield
    finally:
        torch.rand, torch.randn_like, torch.rand_like = kept
    if waiting:
        raise RuntimeError(f"nothing of the shape {tuple(noise.shape)} was drawn")
