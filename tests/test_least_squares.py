"""The Jacobian against two witnesses, and damped steps against their rule."""

import pytest
import torch
from cases import cast, draw, reference, refuses, zeros

from toynet import ensemble
from toynet.backprop import backward
from toynet.curvature import flatten, unflatten
from toynet.least_squares import jacobian, levenberg_marquardt, residuals
from toynet.net import Params, forward, mse


def stack(E, H=4, dtype=torch.float64, seed=3):
    g = torch.Generator().manual_seed(seed)
    return cast(ensemble.starts(E, g, hidden=H), dtype)


def one(params, e):
    return Params(*(p[e] for p in params))


def at_kinks():
    """Hidden units that sit exactly at zero, for one point or for all."""
    X, Y, params = draw(5, dtype=torch.float64)
    W1, b1 = params.W1.clone(), params.b1.clone()
    b1[0] = -(X[1] @ W1[:, 0])
    W1[:, 1], b1[1] = 0, 0
    return X, Y, Params(W1, b1, *params[2:])


def by_torch(params, X, Y):
    return torch.func.jacrev(
        lambda v: residuals(unflatten(v, params), X, Y))(flatten(params))


@pytest.mark.parametrize(("X", "Y", "params"), [
    pytest.param(*reference(torch.float64), id="reference"),
    pytest.param(*draw(7, 1, torch.float64), id="one unit"),
    pytest.param(*draw(1, 6, torch.float64), id="one point"),
    pytest.param(*at_kinks(), id="kinks"),
    pytest.param(*draw(3)[:2], zeros(), id="zeros"),
])
def test_the_jacobian_is_that_of_torch(X, Y, params):
    J = jacobian(params, X)
    assert J.shape == (Y.numel(), sum(p.numel() for p in params))
    torch.testing.assert_close(J, by_torch(params, X, Y))
    gradient = 2 * J.T @ residuals(params, X, Y)
    torch.testing.assert_close(gradient, flatten(backward(X, Y, params)))


@pytest.mark.parametrize("H", [1, 4, 7])
def test_the_jacobian_is_that_of_differences(H):
    X, Y, params = draw(6, H, torch.float64)
    J, theta, h = jacobian(params, X), flatten(params), 1e-6
    for k, e in enumerate(torch.eye(len(theta), dtype=theta.dtype)):
        up, down = (residuals(unflatten(theta + s * h * e, params), X, Y)
                    for s in (1, -1))
        torch.testing.assert_close(
            J[:, k], (up - down) / (2 * h), rtol=1e-6, atol=1e-8)


def test_a_kink_counts_as_flat():
    X, _, params = at_kinks()
    assert forward(X, params).z1[1, 0] == 0
    J = jacobian(params, X)
    at_zero = J[2:4, [0, 4, 8, 12]]  # the second point, the first unit
    assert torch.equal(at_zero, torch.zeros(2, 4, dtype=J.dtype))
    assert torch.equal(J[:, [1, 5, 9, 13]], torch.zeros(10, 4, dtype=J.dtype))


@pytest.mark.parametrize("H", [1, 4, 7])
def test_a_stack_is_its_networks(H):
    X, Y, _ = draw(6, dtype=torch.float64)
    nets = stack(3, H)
    r, J = residuals(nets, X, Y), jacobian(nets, X)
    run = levenberg_marquardt(nets, X, Y, 20, target=0.1)
    for e in range(3):
        alone = one(nets, e)
        torch.testing.assert_close(r[e], residuals(alone, X, Y))
        torch.testing.assert_close(J[e], jacobian(alone, X))
        its = levenberg_marquardt(alone, X, Y, 20, target=0.1)
        assert its.first == run.first[e]
        torch.testing.assert_close(its.loss, run.loss[e])
        assert [p.shape for p in its.params] == [p.shape for p in alone]


def test_residuals_are_those_of_the_loss():
    X, Y, params = reference()
    r = residuals(params, X, Y)
    assert torch.equal(r.view(20, 2), forward(X, params).y_hat - Y)
    torch.testing.assert_close(
        (r ** 2).mean(), mse(forward(X, params).y_hat, Y))


def test_a_step_solves_its_equation_and_a_bad_one_is_not_taken():
    """Thirty steps by hand, by least squares of the stacked system."""
    X, Y, params = draw(20, dtype=torch.float64, seed=5)
    lam, taken = 0.01, []
    for _ in range(30):
        run = levenberg_marquardt(params, X, Y, 1, damping=lam)
        r, J = residuals(params, X, Y), jacobian(params, X)
        tall = torch.cat([J, lam ** 0.5 * torch.eye(26, dtype=J.dtype)])
        delta = torch.linalg.lstsq(
            tall, -torch.cat([r, r.new_zeros(26)])).solution
        tried = unflatten(flatten(params) + delta, params)
        taken.append(bool((residuals(tried, X, Y) ** 2).sum()
                          < (r ** 2).sum()))
        params, lam = (tried, lam / 2) if taken[-1] else (params, lam * 2)
        torch.testing.assert_close(
            tuple(run.params), tuple(params), rtol=1e-6, atol=1e-9)
    assert 3 < sum(taken) < 30


def test_many_steps_are_one_step_many_times():
    X, Y, params = draw(20, dtype=torch.float64, seed=5)
    run, lam = levenberg_marquardt(params, X, Y, 8, damping=0.01), 0.01
    for _ in range(8):
        one_more = levenberg_marquardt(params, X, Y, 1, damping=lam)
        better = one_more.loss < mse(forward(X, params).y_hat, Y)
        params, lam = one_more.params, lam / 2 if better else lam * 2
    torch.testing.assert_close(tuple(run.params), tuple(params))


def test_the_loss_never_rises_and_first_is_told():
    X, Y, _ = reference(torch.float64)
    nets = stack(20)
    losses = torch.stack([
        levenberg_marquardt(nets, X, Y, t).loss for t in range(16)])
    assert (losses[1:] <= losses[:-1]).all()
    run = levenberg_marquardt(nets, X, Y, 15, target=0.05)
    below = losses < 0.05
    wanted = torch.where(below.any(0), below.int().argmax(0), -1)
    assert torch.equal(run.first, wanted)
    assert len(set(wanted.tolist())) > 3
    for e in range(20):
        end = mse(forward(X, one(run.params, e)).y_hat, Y)
        torch.testing.assert_close(run.loss[e], end)


def test_no_step_tells_where_the_network_stands():
    X, Y, params = reference(torch.float64)
    run = levenberg_marquardt(params, X, Y, 0, target=1.0)
    assert all(map(torch.equal, run.params, params))
    assert run.first == 0
    assert levenberg_marquardt(params, X, Y, 0, run.loss).first == -1


def test_a_matrix_without_an_inverse_is_no_step_and_no_error():
    """A dead network, and damping that is 0 in float32."""
    X, Y, params = reference()
    dead = params._replace(W1=0 * params.W1, b1=params.b1 * 0 - 1)
    run = levenberg_marquardt(dead, X, Y, 3, damping=1e-50)
    assert all(map(torch.equal, run.params, dead))
    torch.testing.assert_close(run.loss, mse(forward(X, dead).y_hat, Y))


def test_what_was_given_is_left_alone():
    X, Y, _ = reference(torch.float64)
    nets = stack(3)
    before = Params(*(p.clone() for p in nets))
    levenberg_marquardt(nets, X, Y, 5)
    assert all(map(torch.equal, nets, before))


X_HINT = "give one row a point, at least one; a single point x is x[None]"
H_HINT = "one hidden width H, at least 1, runs through W1, b1 and W2"


@pytest.mark.parametrize(("error", "text", "change"), [
    (ValueError, "steps must be 0 or above, got -1: 0 leaves all as it is",
     {"steps": -1}),
    (ValueError, "damping must be above 0, got 0.0: without it the matrix "
     "may have no inverse", {"damping": 0.0}),
    (ValueError, "X must have shape (N, 3), got (20, 2): " + X_HINT,
     {"X": torch.zeros(20, 2)}),
    (ValueError, "Y must have shape (20, 2), got (19, 2): give one row of two "
     "labels a point, as generate_data does", {"Y": torch.zeros(19, 2)}),
    (TypeError, "all tensors must have one dtype, got X in torch.float32, "
     "Y in torch.float64: convert with .to(torch.float32) or "
     ".to(torch.float64)", {"Y": torch.zeros(20, 2).double()}),
    (ValueError, "X must hold numbers, got NaN: look for the step that made "
     "it, a division by zero or a rate too large",
     {"X": torch.full((20, 3), torch.nan)}),
    (ValueError, "b1 must have shape (4,), got (2, 4): " + H_HINT,
     {"params": reference()[2]._replace(b1=torch.zeros(2, 4))}),
    (ValueError, "W2 must have shape (3, 4, 2), got (2, 4, 2): " + H_HINT,
     {"params": stack(3)._replace(W2=torch.zeros(2, 4, 2).double())}),
    (ValueError, "W1 must have shape (3, H), got (1, 1, 3, 4): " + H_HINT,
     {"params": Params(*(p[None, None] for p in reference()[2]))}),
    (TypeError, "params must be a Params, got tuple: wrap the four tensors "
     "as Params(W1, b1, W2, b2)", {"params": tuple(reference()[2])}),
])
def test_what_does_not_fit_is_refused(error, text, change):
    X, Y, params = reference()
    given = {"params": params, "X": X, "Y": Y, "steps": 2} | change
    refuses(error, text, levenberg_marquardt, **given)
    if not {"steps", "damping"} & set(change):
        del given["steps"]
        refuses(error, text, residuals, **given)


def test_the_jacobian_refuses_what_residuals_refuse():
    refuses(ValueError, "X must have shape (N, 3), got (20, 2): " + X_HINT,
            jacobian, reference()[2], torch.zeros(20, 2))
