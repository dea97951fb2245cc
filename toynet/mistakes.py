"""The catalogue of mistakes, each with a wrong solution as code.

The checkers recognise a mistake by what its wrong solution computes, and
the tests hand each wrong solution to its checker. A new mistake is one
entry here; it needs no other code.
"""

import inspect
import math
from functools import cache
from typing import NamedTuple

import torch


class Mistake(NamedTuple):
    """One misconception: its code, its wrong solution, what to say of it.

    `wrong` is the source of a function, or pairs (right, wrong) of
    text to exchange in the function that the checker holds to be right;
    mistakes of the second kind can be made together. `seen` says what it
    looks like from outside, `look` names the equation and its label.
    """

    exercise: str
    code: str
    wrong: object
    seen: str
    message: str
    look: str

    @property
    def exchanges(self):
        """The pairs of text, or none if `wrong` is a whole function."""
        return () if isinstance(self.wrong, str) else self.wrong


@cache
def build(chosen, base):
    """Make the wrong solution with these mistakes, or None if there is none.

    `base` is the right function, whose source the exchanges are made in.
    """
    if len(chosen) == 1 and not chosen[0].exchanges:
        source = chosen[0].wrong
    else:
        source = base and exchanged(_source(base), chosen)
    if not source:
        return None
    space = {"torch": torch, "math": math}
    if base:
        space |= {k: v for k, v in base.__globals__.items() if k[:2] != "__"}
    before = dict(space)
    try:
        exec(compile(source, "a wrong solution", "exec"), space)
    except SyntaxError:  # two exchanges may not fit together
        return None
    made = [v for k, v in space.items() if v is not before.get(k)]
    return [v for v in made if callable(v)][-1]


@cache
def _source(function):
    """The source of a function; to find it takes as long as to run it."""
    return inspect.getsource(function)


def exchanged(source, chosen):
    """Make every exchange of the mistakes, or return "" if one can't be."""
    for mistake in chosen:
        if not mistake.exchanges:
            return ""
        for right, wrong in mistake.exchanges:
            if right not in source:
                return ""
            source = source.replace(right, wrong)
    return source


MISTAKES = []

# Chapter 1 ----------------------------------------------------------------

# Chapter 2 ----------------------------------------------------------------

_Y_HAT = "y_hat = σ(z2), chapter 2 (eq-y_hat)"
_H = "h = relu(z1), chapter 2 (eq-h)"
_SSE = "L = Σ (y_hat - Y)², over all entries, chapter 2 (eq-sse)"

MISTAKES += [
    Mistake(
        "forward", "no-output-sigmoid",
        (("torch.sigmoid(z2)", "z2"),),
        "Outputs below 0 and above 1.",
        "The last line is missing: what you return is z2, the logits.",
        _Y_HAT,
    ),
    Mistake(
        "forward", "no-relu",
        (("torch.relu(z1)", "z1"),),
        "Plausible outputs; right for rows whose z1 are all positive.",
        "The hidden layer has no relu, so two linear maps make one.",
        _H,
    ),
    Mistake(
        "forward", "sigmoid-for-relu",
        (("torch.relu(z1)", "torch.sigmoid(z1)"),),
        "Plausible outputs, all of them off.",
        "The hidden layer uses the sigmoid; here it is the relu.",
        _H,
    ),
    Mistake(
        "forward", "relu-at-the-end",
        (("torch.sigmoid(z2)", "torch.sigmoid(torch.relu(z2))"),),
        "No output below one half.",
        "z2 goes through relu as well: only the hidden layer has one.",
        _Y_HAT,
    ),
    Mistake(
        "forward", "no-hidden-bias",
        (("X @ params.W1 + params.b1", "X @ params.W1"),),
        "Right where b1 is 0.",
        "The hidden layer's bias b1 is not added.",
        "z1 = X @ W1 + b1, chapter 2 (eq-z1)",
    ),
    Mistake(
        "forward", "no-output-bias",
        (("h @ params.W2 + params.b2", "h @ params.W2"),),
        "Right where b2 is 0.",
        "The output layer's bias b2 is not added.",
        "z2 = h @ W2 + b2, chapter 2 (eq-z2)",
    ),
    Mistake(
        "forward", "softmax-for-sigmoid",
        (("torch.sigmoid(z2)", "torch.softmax(z2, 1)"),),
        "The two outputs of a row add up to 1.",
        "The two labels are two questions, not one with two answers: each "
        "output has a sigmoid of its own.",
        _Y_HAT,
    ),
    Mistake(
        "forward", "sigmoid-twice",
        (("torch.sigmoid(z2)", "torch.sigmoid(torch.sigmoid(z2))"),),
        "All outputs between 0.5 and 0.73.",
        "The sigmoid is taken twice.",
        _Y_HAT,
    ),
    Mistake(
        "forward", "rounded-to-labels",
        (("torch.sigmoid(z2)", "(z2 > 0).float()"),),
        "Only zeros and ones.",
        "The outputs are rounded to labels. y_hat is the number before that.",
        _Y_HAT,
    ),
    Mistake(
        "loss", "mean-for-sum",
        ((").sum()", ").mean()"),),
        "Too small by the number of entries.",
        "This is the mean over all entries, 2N of them; the loss of this "
        "half of the book is their sum.",
        _SSE,
    ),
    Mistake(
        "loss", "mean-over-rows",
        ((").sum()", ").sum(1).mean()"),),
        "Too small by the number of rows.",
        "This is the mean over the rows of each row's sum: one of the three "
        "losses that are called MSE.",
        "the three losses, chapter 2 (eq-three-losses)",
    ),
    Mistake(
        "loss", "not-squared",
        (("((y_hat - Y) ** 2)", "(y_hat - Y)"),),
        "Can be negative; errors cancel.",
        "The errors are added without being squared, so they cancel.",
        _SSE,
    ),
    Mistake(
        "loss", "absolute-for-square",
        (("((y_hat - Y) ** 2)", "(y_hat - Y).abs()"),),
        "Larger than the sum of squares.",
        "The errors are added by size; they have to be squared.",
        _SSE,
    ),
    Mistake(
        "loss", "square-of-the-sum",
        (("((y_hat - Y) ** 2).sum()", "(y_hat - Y).sum() ** 2"),),
        "Right for a single error only.",
        "The sum is squared; square each error, then add.",
        _SSE,
    ),
    Mistake(
        "loss", "root-taken",
        ((").sum()", ").sum().sqrt()"),),
        "The square of it is right.",
        "A square root is taken of the sum.",
        _SSE,
    ),
    Mistake(
        "loss", "half-taken",
        ((").sum()", ").sum() / 2"),),
        "Half as large as it must be.",
        "There is a factor of one half, which some books have and this one "
        "has not.",
        _SSE,
    ),
    Mistake(
        "loss", "not-summed",
        ((").sum()", ")"),),
        "A table, not a number.",
        "The squares are there and not added up.",
        _SSE,
    ),
    Mistake(
        "loss", "one-a-row",
        ((").sum()", ").sum(1)"),),
        "One number a row.",
        "Each row has its sum; add them up, too.",
        _SSE,
    ),
]

# Chapter 3 ----------------------------------------------------------------

_DY = "∂L/∂ŷ = 2 (ŷ - y), chapter 3 (eq-dy_hat)"
_DZ2 = "∂L/∂z2 = ∂L/∂ŷ ŷ (1 - ŷ), chapter 3 (eq-dz2)"
_DW2 = "∂L/∂W2 = hᵀ ∂L/∂z2, chapter 3 (eq-db2)"
_DB2 = "∂L/∂b2 = Σ over the rows of ∂L/∂z2, chapter 3 (eq-db2)"
_DH = "∂L/∂h = ∂L/∂z2 W2ᵀ, chapter 3 (eq-dh)"
_DZ1 = "∂L/∂z1 = ∂L/∂h where z1 > 0, else 0, chapter 3 (eq-dz1)"
_DW1 = "∂L/∂W1 = Xᵀ ∂L/∂z1, chapter 3 (eq-db1)"
_STEP = "p - lr dp, chapter 3 (eq-step)"
_SLOPE = "dy_hat * (1 - y_hat) * y_hat"

MISTAKES += [
    Mistake(
        "backprop", "missing-transpose",
        (("dz2 @ params.W2.T", "dz2 @ params.W2"),),
        "Raises, unless there are two hidden units: then it runs.",
        "∂L/∂h needs W2 transposed. With two hidden units W2 is square and "
        "the mistake is silent.",
        _DH,
    ),
    Mistake(
        "backprop", "batch-not-summed",
        (("dz1.sum(0)", "dz1"), ("dz2.sum(0)", "dz2")),
        "db1 and db2 have a row for each point.",
        "A bias is added to every row, so its gradient is the sum over the "
        "rows; yours is not summed.",
        _DB2,
    ),
    Mistake(
        "backprop", "batch-not-summed",
        (("dz1.sum(0)", "dz1"),),
        "db1 has a row for each point.",
        "b1 is added to every row, so its gradient is the sum over the "
        "rows; yours is not summed.",
        _DB2,
    ),
    Mistake(
        "backprop", "batch-not-summed",
        (("dz2.sum(0)", "dz2"),),
        "db2 has a row for each point.",
        "b2 is added to every row, so its gradient is the sum over the "
        "rows; yours is not summed.",
        _DB2,
    ),
    Mistake(
        "backprop", "bias-averaged",
        (("dz1.sum(0)", "dz1.mean(0)"), ("dz2.sum(0)", "dz2.mean(0)")),
        "db1 and db2 too small by the number of rows, the rest right.",
        "The biases' gradients are averaged over the rows; with a loss that "
        "is a sum they are sums.",
        _DB2,
    ),
    Mistake(
        "backprop", "everything-summed",
        (("dz1.sum(0)", "dz1.sum()"), ("dz2.sum(0)", "dz2.sum()")),
        "db1 and db2 are single numbers.",
        "The biases' gradients are summed over rows and units; each unit "
        "keeps its own.",
        _DB2,
    ),
    Mistake(
        "backprop", "summed-over-units",
        (("dz1.sum(0)", "dz1.sum(1)"), ("dz2.sum(0)", "dz2.sum(1)")),
        "db1 and db2 have one number a row.",
        "The biases' gradients are summed over the units; sum over the "
        "rows, the first axis.",
        _DB2,
    ),
    Mistake(
        "backprop", "mean-for-sum",
        (("2 * (y_hat - Y)", "2 * (y_hat - Y) / Y.numel()"),),
        "All gradients too small by 2N.",
        "This is the gradient of the mean over all entries; the loss here "
        "is their sum.",
        _DY,
    ),
    Mistake(
        "backprop", "mean-over-rows",
        (("2 * (y_hat - Y)", "2 * (y_hat - Y) / len(Y)"),),
        "All gradients too small by N; right for one row.",
        "The gradient is divided by the number of rows; the loss here is a "
        "sum over them.",
        _DY,
    ),
    Mistake(
        "backprop", "factor-two",
        (("2 * (y_hat - Y)", "(y_hat - Y)"),),
        "All gradients half as large as they must be.",
        "The derivative of a square has a factor of 2. Without it this is "
        "the gradient of half the loss.",
        _DY,
    ),
    Mistake(
        "backprop", "wrong-sign",
        (("2 * (y_hat - Y)", "2 * (Y - y_hat)"),),
        "All gradients have the opposite sign; descent goes up.",
        "The error is taken as y - ŷ, which turns every sign.",
        _DY,
    ),
    Mistake(
        "backprop", "sigmoid-twice",
        ((_SLOPE, "dy_hat * (1 - torch.sigmoid(y_hat))"
                  " * torch.sigmoid(y_hat)"),),
        "All gradients off, and the loss may still fall.",
        "σ′ is taken at ŷ, which has been through the sigmoid already: "
        "σ′(z2) is ŷ (1 - ŷ).",
        _DZ2,
    ),
    Mistake(
        "backprop", "sigmoid-slope-forgotten",
        ((_SLOPE, "dy_hat"),),
        "All gradients too large; the loss may still fall.",
        "The sigmoid's slope is missing on the way from ŷ to z2.",
        _DZ2,
    ),
    Mistake(
        "backprop", "half-a-slope",
        ((_SLOPE, "dy_hat * y_hat"),),
        "All gradients off.",
        "The sigmoid's slope is ŷ (1 - ŷ); the second factor is missing.",
        _DZ2,
    ),
    Mistake(
        "backprop", "half-a-slope",
        ((_SLOPE, "dy_hat * (1 - y_hat)"),),
        "All gradients off.",
        "The sigmoid's slope is ŷ (1 - ŷ); the factor ŷ is missing.",
        _DZ2,
    ),
    Mistake(
        "backprop", "slope-of-tanh",
        ((_SLOPE, "dy_hat * (1 - y_hat**2)"),),
        "All gradients off.",
        "1 - ŷ² is the slope of tanh; the sigmoid's is ŷ (1 - ŷ).",
        _DZ2,
    ),
    Mistake(
        "backprop", "slope-forgotten-on-the-way-down",
        (("dz2 @ params.W2.T", "dy_hat @ params.W2.T"),),
        "dW2 and db2 right, dW1 and db1 wrong.",
        "∂L/∂h starts from ∂L/∂ŷ; it has to start from ∂L/∂z2, behind the "
        "sigmoid's slope.",
        _DH,
    ),
    Mistake(
        "backprop", "gate-forgotten",
        (("dh * (z1 > 0)", "dh"),),
        "dW2 and db2 right, dW1 and db1 wrong.",
        "Silent hidden units pass nothing back: the relu's gate is missing.",
        _DZ1,
    ),
    Mistake(
        "backprop", "gate-is-a-value",
        (("dh * (z1 > 0)", "dh * h"),),
        "dW2 and db2 right, dW1 and db1 wrong.",
        "∂L/∂h is multiplied by h; the relu's slope is 1 where z1 is "
        "positive, whatever its size.",
        _DZ1,
    ),
    Mistake(
        "backprop", "gate-is-a-value",
        (("dh * (z1 > 0)", "dh * z1"),),
        "dW2 and db2 right, dW1 and db1 wrong.",
        "∂L/∂h is multiplied by z1; the relu's slope is 1 where z1 is "
        "positive, whatever its size.",
        _DZ1,
    ),
    Mistake(
        "backprop", "gate-at-zero",
        (("dh * (z1 > 0)", "dh * (z1 >= 0)"),),
        "Right everywhere but where z1 is exactly 0.",
        "At z1 = 0 your gate is open. PyTorch's relu has slope 0 there, and "
        "so has this book.",
        _DZ1,
    ),
    Mistake(
        "backprop", "gate-on-the-gradient",
        (("dh * (z1 > 0)", "torch.relu(dh)"),),
        "dW2 and db2 right, dW1 and db1 wrong.",
        "relu is applied to ∂L/∂h. The gate asks for the sign of z1, not "
        "for that of the gradient.",
        _DZ1,
    ),
    Mistake(
        "backprop", "gate-on-the-gradient",
        (("dh * (z1 > 0)", "dh * (dh > 0) * (z1 > 0)"),),
        "dW2 and db2 right, dW1 and db1 wrong.",
        "Negative entries of ∂L/∂h are dropped. The gate asks for the sign "
        "of z1 alone.",
        _DZ1,
    ),
    Mistake(
        "backprop", "gate-of-the-sigmoid",
        (("dh * (z1 > 0)", "dh * h * (1 - h)"),),
        "dW2 and db2 right, dW1 and db1 wrong.",
        "The hidden layer gets a sigmoid's slope, h (1 - h); it has a relu.",
        _DZ1,
    ),
    Mistake(
        "backprop", "z1-for-h",
        (("h.T @ dz2", "z1.T @ dz2"),),
        "dW2 wrong, the rest right.",
        "dW2 is built from z1; what W2 is multiplied by is h.",
        _DW2,
    ),
    Mistake(
        "backprop", "transposed-result",
        (("h.T @ dz2", "dz2.T @ h"), ("X.T @ dz1", "dz1.T @ X")),
        "dW1 and dW2 have the shapes of W1 and W2 transposed.",
        "The weights' gradients come out transposed; a gradient has the "
        "shape of what it belongs to.",
        _DW2,
    ),
    Mistake(
        "backprop", "transposed-result",
        (("h.T @ dz2", "dz2.T @ h"),),
        "dW2 has the shape of W2 transposed.",
        "dW2 comes out transposed; a gradient has the shape of what it "
        "belongs to.",
        _DW2,
    ),
    Mistake(
        "backprop", "transposed-result",
        (("X.T @ dz1", "dz1.T @ X"),),
        "dW1 has the shape of W1 transposed.",
        "dW1 comes out transposed; a gradient has the shape of what it "
        "belongs to.",
        _DW1,
    ),
    Mistake(
        "backprop", "one-row-only",
        (("h.T @ dz2", "torch.outer(h[0], dz2[0])"),
         ("X.T @ dz1", "torch.outer(X[0], dz1[0])"),
         ("dz1.sum(0)", "dz1[0]"), ("dz2.sum(0)", "dz2[0]")),
        "Right for one row, and for the first row of a batch alone.",
        "Only the first row of the batch is used; every row adds its part.",
        _DW2,
    ),
    Mistake(
        "backprop", "one-row-only",
        (("h.T @ dz2", "torch.outer(h[-1], dz2[-1])"),
         ("X.T @ dz1", "torch.outer(X[-1], dz1[-1])"),
         ("dz1.sum(0)", "dz1[-1]"), ("dz2.sum(0)", "dz2[-1]")),
        "Right for one row, and for the last row of a batch alone.",
        "Only the last row of the batch is left: an `=` in a loop where a "
        "`+=` is needed.",
        _DW2,
    ),
    Mistake(
        "backprop", "weights-averaged",
        (("h.T @ dz2", "h.T @ dz2 / len(X)"),
         ("X.T @ dz1", "X.T @ dz1 / len(X)")),
        "dW1 and dW2 too small by the number of rows, the biases right.",
        "The weights' gradients are divided by the number of rows; the loss "
        "here is a sum over them.",
        _DW2,
    ),
    Mistake(
        "backprop", "order-of-results",
        (("Params(dW1, db1, dW2, db2)", "Params(dW2, db2, dW1, db1)"),),
        "Shapes of the other layer.",
        "The four gradients are there, in another order than W1, b1, W2, "
        "b2.",
        "a gradient is a Params, chapter 3 (eq-step)",
    ),
    Mistake(
        "backprop", "order-of-results",
        (("Params(dW1, db1, dW2, db2)", "Params(dW1, dW2, db1, db2)"),),
        "Weights first, then biases.",
        "The four gradients are there, in another order than W1, b1, W2, "
        "b2.",
        "a gradient is a Params, chapter 3 (eq-step)",
    ),
    Mistake(
        "descend", "wrong-sign",
        (("p - lr * g", "p + lr * g"),),
        "The loss rises.",
        "The gradient points uphill, and the step follows it: subtract.",
        _STEP,
    ),
    Mistake(
        "descend", "no-rate",
        (("p - lr * g", "p - g"),),
        "Right for a rate of 1 only.",
        "The rate does not enter the step.",
        _STEP,
    ),
    Mistake(
        "descend", "only-the-step",
        (("p - lr * g", "-lr * g"),),
        "Small numbers that forget where they were.",
        "This is the step alone; add it to the parameters.",
        _STEP,
    ),
    Mistake(
        "descend", "biases-left-out",
        (("(p - lr * g for", "(p - lr * g if p.dim() == 2 else p for"),),
        "b1 and b2 stay where they are.",
        "Only the weights move; the biases have gradients, too.",
        _STEP,
    ),
    Mistake(
        "descend", "shrunk-instead",
        (("p - lr * g", "p * (1 - lr * g)"),),
        "Numbers at 0 never move.",
        "The step is multiplied with the parameter; it is subtracted from "
        "it.",
        _STEP,
    ),
    Mistake(
        "descend", "divided-by-rate",
        (("p - lr * g", "p - g / lr"),),
        "A small rate makes a huge step.",
        "The gradient is divided by the rate; multiply.",
        _STEP,
    ),
    Mistake(
        "descend", "nothing-moves",
        (("p - lr * g", "p"),),
        "What comes out is what went in.",
        "The parameters come back as they were: a name was given a new "
        "value, and the old one is returned.",
        _STEP,
    ),
]

# Chapter 4 ----------------------------------------------------------------

# Chapter 5 ----------------------------------------------------------------

# Chapter 6 ----------------------------------------------------------------

# Chapter 7 ----------------------------------------------------------------
