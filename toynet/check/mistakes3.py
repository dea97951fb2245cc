"""The catalogue of mistakes of chapter 3, backprop."""

from toynet.check.mistake import Mistake

MISTAKES = []

_DY = "∂L/∂ŷ = 2 (ŷ - y), chapter 3 (eq-dy_hat)"
_DZ2 = "∂L/∂z2 = ∂L/∂ŷ ŷ (1 - ŷ), chapter 3 (eq-dz2)"
_DW2 = "∂L/∂W2 = hᵀ ∂L/∂z2, chapter 3 (eq-dW2)"
_DB2 = "∂L/∂b2 = Σ over the rows of ∂L/∂z2, chapter 3 (eq-db2)"
_DH = "∂L/∂h = ∂L/∂z2 W2ᵀ, chapter 3 (eq-dh)"
_DZ1 = "∂L/∂z1 = ∂L/∂h where z1 > 0, else 0, chapter 3 (eq-dz1)"
_DW1 = "∂L/∂W1 = Xᵀ ∂L/∂z1, chapter 3 (eq-dW1)"
_STEP = "p - lr dp, chapter 3 (eq-step)"
_SLOPE = "dy_hat * (1 - y_hat) * y_hat"
_SIZES = "the mean divides by 2N, chapter 3 (eq-dy_hat)"
_ALIKE = "z2 = Σ h W2 + b2, a unit in one sum, chapter 3 (eq-z2-index)"
_HELD = "rises with the gates held, chapter 3 (fig-chatter)"
_CROSS = "∂L/∂ŷ times the sigmoid's slope, chapter 3 (eq-dz2)"
_SO = "    return W1, b1, W2, b2\n"
_TWINS = """def wrong():
    g = torch.Generator().manual_seed(0)
    W1, b1, W2, b2 = (torch.randn(shape, generator=g) * 0.2
                      for shape in ((3, 4), (4,), (4, 2), (2,)))
"""

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
        "The error is taken as y - ŷ, or the slope as ŷ (ŷ - 1): either "
        "turns every sign.",
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
        "backprop", "one-row-only",
        (("h.T @ dz2", "torch.outer(h[-1], dz2[-1])"),
         ("X.T @ dz1", "torch.outer(X[-1], dz1[-1])")),
        "dW1 and dW2 are those of the last row alone, the biases right.",
        "Of the weights' gradients only the last row is left: an `=` in a "
        "loop where a `+=` is needed.",
        _DW2,
    ),
    Mistake(
        "backprop", "one-row-only",
        (("dz1.sum(0)", "dz1[-1]"), ("dz2.sum(0)", "dz2[-1]")),
        "db1 and db2 are those of the last row alone, the weights right.",
        "Of the biases' gradients only the last row is left: an `=` in a "
        "loop where a `+=` is needed.",
        _DB2,
    ),
    Mistake(
        "backprop", "one-row-only",
        (("dz1.sum(0)", "dz1[0]"), ("dz2.sum(0)", "dz2[0]")),
        "db1 and db2 are those of the first row alone, the weights right.",
        "Of the biases' gradients only the first row is used; every row "
        "adds its part.",
        _DB2,
    ),
    Mistake(
        "backprop", "first-row-missing",
        (("h.T @ dz2", "h.T @ dz2 - torch.outer(h[0], dz2[0])"),
         ("X.T @ dz1", "X.T @ dz1 - torch.outer(X[0], dz1[0])"),
         ("dz1.sum(0)", "dz1[1:].sum(0)"),
         ("dz2.sum(0)", "dz2[1:].sum(0)")),
        "Zero for one row, and the first row is missing from a batch.",
        "The first row is left out: a loop over the rows starts at 0.",
        _DW2,
    ),
    Mistake(
        "backprop", "kept-as-a-table",
        (("dz1.sum(0)", "dz1.sum(0, keepdim=True)"),
         ("dz2.sum(0)", "dz2.sum(0, keepdim=True)")),
        "db1 and db2 have the shapes (1, 4) and (1, 2).",
        "The biases' gradients keep an axis of length 1, by `keepdim` or a "
        "product with a row of ones; a bias has one axis.",
        _DB2,
    ),
    Mistake(
        "backprop", "not-summed-over-rows",
        (("h.T @ dz2", "h[:, :, None] * dz2[:, None, :]"),
         ("X.T @ dz1", "X[:, :, None] * dz1[:, None, :]")),
        "dW1 and dW2 have a table for each row.",
        "The outer products of the rows are there, one table a row; add "
        "them up.",
        _DW2,
    ),
    Mistake(
        "backprop", "updated-too-early",
        (("dz2 @ params.W2.T", "dz2 @ (params.W2 - 0.1 * dW2).T"),),
        "dW2 and db2 right, dW1 and db1 wrong, the more the larger the "
        "step.",
        "W2 has been moved before it was used: ∂L/∂h needs the W2 of the "
        "forward pass. First all gradients, then the step.",
        _DH,
    ),
    Mistake(
        "backprop", "updated-too-early",
        (("dz2 @ params.W2.T", "dz2 @ (params.W2 - 0.01 * dW2).T"),),
        "dW2 and db2 right, dW1 and db1 a little wrong.",
        "W2 has been moved, by a small step, before it was used: ∂L/∂h "
        "needs the W2 of the forward pass.",
        _DH,
    ),
    Mistake(
        "backprop", "updated-too-early",
        (("dz2 @ params.W2.T", "dz2 @ (params.W2 - dW2).T"),),
        "dW2 and db2 right, dW1 and db1 wrong.",
        "W2 has been moved, by its whole gradient, before it was used: "
        "∂L/∂h needs the W2 of the forward pass.",
        _DH,
    ),
    Mistake(
        "backprop", "updated-too-early",
        (("dz2 @ params.W2.T", "dz2 @ (params.W2 - 0.5 * dW2).T"),),
        "dW2 and db2 right, dW1 and db1 wrong.",
        "W2 has been moved, by half its gradient, before it was used: "
        "∂L/∂h needs the W2 of the forward pass.",
        _DH,
    ),
    Mistake(
        "backprop", "gradient-for-weights",
        (("dz2 @ params.W2.T", "dz2 @ dW2.T"),),
        "dW2 and db2 right, dW1 and db1 wrong.",
        "∂L/∂h goes through dW2; it goes back through W2 itself.",
        _DH,
    ),
    Mistake(
        "backprop", "slope-skipped-in-a-sum",
        (("dz2.sum(0)", "dy_hat.sum(0)"),),
        "db2 wrong, the rest right.",
        "db2 adds up ∂L/∂ŷ; the bias stands in z2, so it adds up ∂L/∂z2.",
        _DB2,
    ),
    Mistake(
        "backprop", "slope-skipped-in-a-sum",
        (("h.T @ dz2", "h.T @ dy_hat"),),
        "dW2 wrong, the rest right.",
        "dW2 is built from ∂L/∂ŷ; the weights stand in z2, so it needs "
        "∂L/∂z2.",
        _DW2,
    ),
    Mistake(
        "backprop", "slope-skipped-in-a-sum",
        (("h.T @ dz2", "h.T @ dy_hat"), ("dz2.sum(0)", "dy_hat.sum(0)")),
        "dW2 and db2 wrong, the rest right.",
        "dW2 and db2 are built from ∂L/∂ŷ; weights and bias stand in z2, "
        "so they need ∂L/∂z2.",
        _DW2,
    ),
    Mistake(
        "backprop", "gate-skipped-in-a-sum",
        (("dz1.sum(0)", "dh.sum(0)"),),
        "db1 wrong, the rest right.",
        "db1 adds up ∂L/∂h; the bias stands in z1, in front of the relu, so "
        "it adds up ∂L/∂z1.",
        "∂L/∂b1 = Σ over the rows of ∂L/∂z1, chapter 3 (eq-db1)",
    ),
    Mistake(
        "backprop", "gate-skipped-in-a-sum",
        (("X.T @ dz1", "X.T @ dh"),),
        "dW1 wrong, the rest right.",
        "dW1 is built from ∂L/∂h; the weights stand in z1, in front of the "
        "relu, so it needs ∂L/∂z1.",
        _DW1,
    ),
    Mistake(
        "backprop", "gate-turned-around",
        (("dh * (z1 > 0)", "dh * (z1 < 0)"),),
        "dW2 and db2 right, dW1 and db1 wrong.",
        "The gate lets through what the silent units ask for, and stops "
        "the others: it must be open where z1 > 0.",
        _DZ1,
    ),
    Mistake(
        "backprop", "gate-turned-around",
        (("dh * (z1 > 0)", "dh * (z1 <= 0)"),),
        "dW2 and db2 right, dW1 and db1 wrong.",
        "The gate is open where z1 ≤ 0 and shut elsewhere; it must be open "
        "where z1 > 0, and there alone.",
        _DZ1,
    ),
    Mistake(
        "backprop", "gate-is-a-sign",
        (("dh * (z1 > 0)", "dh * torch.sign(z1)"),),
        "dW2 and db2 right, dW1 and db1 wrong.",
        "∂L/∂h is multiplied by the sign of z1; the relu's slope is 0 for a "
        "negative z1, not -1.",
        _DZ1,
    ),
    Mistake(
        "backprop", "gate-of-tanh",
        (("dh * (z1 > 0)", "dh * (1 - h**2)"),),
        "dW2 and db2 right, dW1 and db1 wrong.",
        "1 - h² is the slope of tanh; the hidden layer has a relu.",
        _DZ1,
    ),
    Mistake(
        "backprop", "gate-of-the-sigmoid",
        (("dh * (z1 > 0)",
          "dh * torch.sigmoid(z1) * (1 - torch.sigmoid(z1))"),),
        "dW2 and db2 right, dW1 and db1 wrong.",
        "The hidden layer gets the sigmoid's slope at z1; it has a relu, "
        "with a slope of 0 or 1.",
        _DZ1,
    ),
    Mistake(
        "backprop", "gate-asks-the-input",
        (("X.T @ dz1", "torch.relu(X).T @ dz1"),),
        "dW1 wrong, the rest right.",
        "relu is applied to X in front of the product; the inputs enter as "
        "they are.",
        _DW1,
    ),
    Mistake(
        "backprop", "slope-of-a-logit",
        ((_SLOPE, "dy_hat * (1 - z2) * z2"),),
        "All gradients off.",
        "z (1 - z) is taken of the logit z2; the slope is ŷ (1 - ŷ), of the "
        "output.",
        _DZ2,
    ),
    Mistake(
        "backprop", "slope-is-the-output",
        ((_SLOPE, "dy_hat * y_hat * y_hat"),),
        "All gradients off.",
        "The slope is taken as ŷ²; it is ŷ (1 - ŷ).",
        _DZ2,
    ),
    Mistake(
        "backprop", "slope-with-a-plus",
        ((_SLOPE, "dy_hat * (1 + y_hat) * y_hat"),),
        "All gradients off.",
        "The slope is taken as ŷ (1 + ŷ); it is ŷ (1 - ŷ).",
        _DZ2,
    ),
    Mistake(
        "backprop", "slope-twice",
        ((_SLOPE, "dy_hat * ((1 - y_hat) * y_hat) ** 2"),),
        "All gradients too small.",
        "The sigmoid's slope ŷ (1 - ŷ) is multiplied in twice.",
        _DZ2,
    ),
    Mistake(
        "backprop", "loss-for-slope",
        (("2 * (y_hat - Y)", "(y_hat - Y) ** 2"),),
        "All gradients off.",
        "The walk back starts from the squared errors; it starts from "
        "their derivative, 2 (ŷ - y).",
        _DY,
    ),
    Mistake(
        "backprop", "size-of-the-error",
        (("2 * (y_hat - Y)", "2 * (y_hat - Y).abs()"),),
        "All gradients off, and those of b2 never negative.",
        "The errors have lost their signs; the sign tells which way to go.",
        _DY,
    ),
    Mistake(
        "backprop", "labels-forgotten",
        (("2 * (y_hat - Y)", "2 * y_hat"),),
        "Right only where the label is 0.",
        "The labels are not in it: ∂L/∂ŷ is 2 (ŷ - y), not 2 ŷ.",
        _DY,
    ),
    Mistake(
        "backprop", "logit-for-output",
        (("2 * (y_hat - Y)", "2 * (z2 - Y)"),),
        "All gradients off.",
        "The label is subtracted from the logit z2; the loss compares it "
        "with the output ŷ.",
        _DY,
    ),
    Mistake(
        "backprop", "factor-two-again",
        (("2 * (y_hat - Y)", "4 * (y_hat - Y)"),),
        "All gradients twice as large as they must be.",
        "The factor of 2 is there twice; the square gives it once.",
        _DY,
    ),
    Mistake(
        "backprop", "averaged-twice",
        (("2 * (y_hat - Y)", "2 * (y_hat - Y) / len(Y) ** 2"),),
        "All gradients too small by N², right for one row.",
        "The gradient is divided by the number of rows, and then by it once "
        "more; the loss here is a sum.",
        _DY,
    ),
    Mistake(
        "backprop", "weights-averaged",
        (("h.T @ dz2", "h.T @ dz2 / len(X)"),),
        "dW2 too small by the number of rows, the rest right.",
        "dW2 is divided by the number of rows; the loss here is a sum over "
        "them.",
        _DW2,
    ),
    Mistake(
        "backprop", "weights-averaged",
        (("X.T @ dz1", "X.T @ dz1 / len(X)"),),
        "dW1 too small by the number of rows, the rest right.",
        "dW1 is divided by the number of rows; the loss here is a sum over "
        "them.",
        _DW1,
    ),
    Mistake(
        "backprop", "bias-averaged",
        (("dz2.sum(0)", "dz2.mean(0)"),),
        "db2 too small by the number of rows, the rest right.",
        "db2 is averaged over the rows; with a loss that is a sum it is a "
        "sum.",
        _DB2,
    ),
    Mistake(
        "backprop", "bias-averaged",
        (("dz1.sum(0)", "dz1.mean(0)"),),
        "db1 too small by the number of rows, the rest right.",
        "db1 is averaged over the rows; with a loss that is a sum it is a "
        "sum.",
        "∂L/∂b1 = Σ over the rows of ∂L/∂z1, chapter 3 (eq-db1)",
    ),
    Mistake(
        "backprop", "everything-summed",
        (("dz2.sum(0)", "dz2.sum()"),),
        "db2 is a single number.",
        "db2 is summed over rows and outputs; each output keeps its own.",
        _DB2,
    ),
    Mistake(
        "backprop", "everything-summed",
        (("dz1.sum(0)", "dz1.sum()"),),
        "db1 is a single number.",
        "db1 is summed over rows and units; each unit keeps its own.",
        _DB2,
    ),
    Mistake(
        "backprop", "summed-over-units",
        (("dz2.sum(0)", "dz2.sum(1)"),),
        "db2 has one number a row.",
        "db2 is summed over the outputs; sum over the rows, the first axis.",
        _DB2,
    ),
    Mistake(
        "backprop", "summed-over-units",
        (("dz1.sum(0)", "dz1.sum(1)"),),
        "db1 has one number a row.",
        "db1 is summed over the units; sum over the rows, the first axis.",
        _DB2,
    ),
    Mistake(
        "backprop", "order-of-results",
        (("Params(dW1, db1, dW2, db2)", "Params(db1, dW1, db2, dW2)"),),
        "Each bias in front of its weights.",
        "The four gradients are there, in another order than W1, b1, W2, "
        "b2: each bias stands in front of its weights.",
        "a gradient is a Params, chapter 3 (eq-step)",
    ),
    Mistake(
        "backprop", "order-of-results",
        (("Params(dW1, db1, dW2, db2)", "Params(db2, dW2, db1, dW1)"),),
        "Backwards.",
        "The four gradients are there, from the last to the first; return "
        "them in the order W1, b1, W2, b2.",
        "a gradient is a Params, chapter 3 (eq-step)",
    ),
    Mistake(
        "backprop", "order-of-results",
        (("Params(dW1, db1, dW2, db2)", "Params(dW2, dW1, db2, db1)"),),
        "As they were found, weights first.",
        "The four gradients are there, weights first and the second layer "
        "in front; return them in the order W1, b1, W2, b2.",
        "a gradient is a Params, chapter 3 (eq-step)",
    ),
    Mistake(
        "backprop", "step-for-gradient",
        (("Params(dW1, db1, dW2, db2)",
          "Params(*(p - g for p, g in zip(params, (dW1, db1, dW2, db2))))"
          ),),
        "The shapes of the parameters, and none of the gradients.",
        "These are the parameters after a step, p - dp; return the "
        "gradient alone.",
        _STEP,
    ),
    Mistake(
        "backprop", "missing-transpose",
        (("h.T @ dz2", "h @ dz2"),),
        "Raises, unless there are as many rows as hidden units.",
        "∂L/∂W2 needs h transposed: the rows are what is summed over.",
        _DW2,
    ),
    Mistake(
        "backprop", "missing-transpose",
        (("X.T @ dz1", "X @ dz1"),),
        "Raises, unless there are three rows.",
        "∂L/∂W1 needs X transposed: the rows are what is summed over. With "
        "three rows the mistake is silent.",
        _DW1,
    ),
    Mistake(
        "backprop", "reshape-for-transpose",
        (("params.W2.T", "params.W2.reshape(2, -1)"),),
        "The shapes fit, the numbers are in other places.",
        "W2 is reshaped where it has to be transposed: reshaping keeps the "
        "order of the numbers and puts them into other places.",
        _DH,
    ),
    Mistake(
        "backprop", "reshape-for-transpose",
        (("h.T @ dz2", "h.reshape(h.shape[1], -1) @ dz2"),
         ("X.T @ dz1", "X.reshape(3, -1) @ dz1")),
        "The shapes fit, the numbers are in other places; right for one "
        "row.",
        "h and X are reshaped where they have to be transposed: reshaping "
        "keeps the order of the numbers and puts them into other places.",
        _DW2,
    ),
    Mistake(
        "backprop", "first-layer-left-out",
        (("X.T @ dz1", "torch.zeros_like(params.W1)"),
         ("dz1.sum(0)", "torch.zeros_like(params.b1)")),
        "dW1 and db1 are zero.",
        "The walk back stops at the second layer; W1 and b1 reach the loss "
        "through h.",
        _DH,
    ),
    Mistake(
        "backprop", "left-at-zero",
        "def backward(X, Y, params):\n"
        "    return Params(*(torch.zeros_like(p) for p in params))",
        "All four are zero.",
        "All four were prepared and not filled, or filled under another "
        "name.",
        _DY,
    ),
    Mistake(
        "backprop", "brackets-left-out",
        (("2 * (y_hat - Y)", "(2 * y_hat - Y)"),),
        "All four are wrong, and not by a factor.",
        "2 * y_hat - Y doubles the output alone: the difference needs "
        "brackets.",
        _DY,
    ),
    Mistake(
        "backprop", "sums-multiplied",
        (("h.T @ dz2", "torch.outer(h.sum(0), dz2.sum(0))"),
         ("X.T @ dz1", "torch.outer(X.sum(0), dz1.sum(0))")),
        "The weights' gradients are wrong; right for one row.",
        "The rows are added up before they are multiplied. First the outer "
        "product of each row, then the sum of these.",
        _DW2,
    ),
    Mistake(
        "backprop", "gate-leaks",
        (("dh * (z1 > 0)", "dh * torch.where(z1 > 0, 1.0, 0.01)"),),
        "dW1 and db1 a little off.",
        "The silent units pass a hundredth back, as a leaky relu does; the "
        "relu's slope is 0 there.",
        _DZ1,
    ),
    Mistake(
        "backprop", "gate-at-zero",
        (("dh * (z1 > 0)", "dh * torch.where(z1 == 0, 0.5, 1.0 * "
          "(z1 > 0))"),),
        "Right everywhere but where z1 is exactly 0.",
        "At z1 = 0 your gate is half open. PyTorch's relu has slope 0 "
        "there, and so has this book.",
        _DZ1,
    ),
    Mistake(
        "backprop", "no-relu",
        (("z1, h, z2, y_hat = forward(X, params)",
          "h = z1 = X @ params.W1 + params.b1\n"
          "    y_hat = torch.sigmoid(h @ params.W2 + params.b2)"),
         ("dh * (z1 > 0)", "dh")),
        "Right for rows whose z1 are all positive.",
        "There is no relu, neither forward nor backward.",
        _DZ1,
    ),
    Mistake(
        "backprop", "no-relu",
        (("z1, h, z2, y_hat = forward(X, params)",
          "h = z1 = X @ params.W1 + params.b1\n"
          "    y_hat = torch.sigmoid(h @ params.W2 + params.b2)"),),
        "Right for rows whose z1 are all positive.",
        "The forward pass has no relu, though the backward pass has its "
        "gate.",
        _DZ1,
    ),
    Mistake(
        "backprop", "no-hidden-bias",
        (("z1, h, z2, y_hat = forward(X, params)",
          "z1 = X @ params.W1\n    h = torch.relu(z1)\n"
          "    y_hat = torch.sigmoid(h @ params.W2 + params.b2)"),),
        "Right where b1 is 0.",
        "The forward pass leaves out b1, so all that follows is of another "
        "network.",
        "z1 = X @ W1 + b1, chapter 2 (eq-z1)",
    ),
    Mistake(
        "backprop", "no-output-bias",
        (("z1, h, z2, y_hat = forward(X, params)",
          "z1, h, z2, y_hat = forward(X, params)\n"
          "    y_hat = torch.sigmoid(h @ params.W2)"),),
        "Right where b2 is 0.",
        "The forward pass leaves out b2, so all that follows is of another "
        "network.",
        "z2 = h @ W2 + b2, chapter 2 (eq-z2)",
    ),
    Mistake(
        "backprop", "labels-swapped",
        (("y_hat - Y)", "y_hat - Y.flip(1))"),),
        "Right for rows whose two labels are equal.",
        "The two labels of a row have changed places.",
        _DY,
    ),
    Mistake(
        "backprop", "kept-as-a-table",
        (("dz1.sum(0)", "dz1.sum(0)[:, None]"),
         ("dz2.sum(0)", "dz2.sum(0)[:, None]")),
        "db1 and db2 are columns.",
        "The biases' gradients are columns of shape (4, 1) and (2, 1); a "
        "bias has one axis.",
        _DB2,
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
    Mistake(
        "descend", "order-of-results",
        (("return Params(*(p - lr * g for p, g in zip(params, grads, "
          "strict=True)))",
          "W1, b1, W2, b2 = (p - lr * g for p, g in zip(params, grads))\n"
          "    return W1, W2, b1, b2"),),
        "Weights first, then biases.",
        "The four are there, in another order than W1, b1, W2, b2.",
        _STEP,
    ),
    Mistake(
        "descend", "weights-left-out",
        (("(p - lr * g for", "(p - lr * g if p.dim() == 1 else p for"),),
        "W1 and W2 stay where they are.",
        "Only the biases move; the weights have gradients, too.",
        _STEP,
    ),
    Mistake(
        "descend", "one-layer-only",
        (("return Params(*(p - lr * g for p, g in zip(params, grads, "
          "strict=True)))",
          "return params._replace(W2=params.W2 - lr * grads.W2, "
          "b2=params.b2 - lr * grads.b2)"),),
        "W1 and b1 stay where they are.",
        "Only the second layer moves; the first has gradients, too.",
        _STEP,
    ),
    Mistake(
        "descend", "one-layer-only",
        (("return Params(*(p - lr * g for p, g in zip(params, grads, "
          "strict=True)))",
          "return params._replace(W1=params.W1 - lr * grads.W1, "
          "b1=params.b1 - lr * grads.b1)"),),
        "W2 and b2 stay where they are.",
        "Only the first layer moves; the second has gradients, too.",
        _STEP,
    ),
    Mistake(
        "descend", "gradient-minus-parameter",
        (("p - lr * g", "g - lr * p"),),
        "Numbers near the gradient's.",
        "Parameter and gradient have changed places: it is the parameter "
        "that moves.",
        _STEP,
    ),
    Mistake(
        "descend", "rate-on-everything",
        (("p - lr * g", "lr * (p - g)"),),
        "A small rate shrinks all numbers.",
        "The rate multiplies the parameter, too; only the gradient is "
        "scaled by it.",
        _STEP,
    ),
    Mistake(
        "descend", "sign-alone",
        (("p - lr * g", "p - lr * torch.sign(g)"),),
        "Every number moves equally far.",
        "Only the sign of the gradient is used; each number moves by the "
        "same fraction of its slope, not by the same distance.",
        _STEP,
    ),
    Mistake(
        "descend", "length-one",
        (("p - lr * g", "p - lr * g / g.norm()"),),
        "A step of the length lr in each tensor.",
        "The gradient is divided by its length; its size belongs to the "
        "step.",
        _STEP,
    ),
    Mistake(
        "descend", "two-steps",
        (("p - lr * g", "p - 2 * lr * g"),),
        "Twice as far as the rate says.",
        "The step is taken twice.",
        _STEP,
    ),
    Mistake(
        "descend", "scaled-gradient",
        (("p - lr * g", "lr * g"),),
        "The gradient times the rate.",
        "This is the gradient times the rate; subtract it from the "
        "parameters.",
        _STEP,
    ),
    Mistake(
        "descend", "rate-divided-by-size",
        (("p - lr * g", "p - lr * g / g.numel()"),),
        "Steps too short, those of W1 by 12.",
        "Each step is divided by the number of entries; the gradient is "
        "taken as it is.",
        _STEP,
    ),
    Mistake(
        "entry", "wrong-sign",
        (("dh * (z1 > 0)", "-dh * (z1 > 0)"),),
        "Right but for the sign.",
        "The size is right. x3 is negative, and so is what the two outputs "
        "together ask of the unit: the product is positive.",
        _DW1,
    ),
    Mistake(
        "entry", "coordinate-forgotten",
        (("X.T @ dz1", "torch.ones_like(X).T @ dz1"),),
        "The slope by the unit's bias.",
        "This is ∂L/∂z1 of the unit, the slope by its bias. The weight is "
        "multiplied by x3, so its slope is, too.",
        _DW1,
    ),
    Mistake(
        "entry", "one-output-only",
        (("dz2 @ params.W2.T", "dz2[:, :1] @ params.W2[:, :1].T"),),
        "What the first output asks, and nothing of the second.",
        "Only the first output has been collected; the unit feeds both, "
        "and the paths add.",
        _DH,
    ),
    Mistake(
        "entry", "one-output-only",
        (("dz2 @ params.W2.T", "dz2[:, 1:] @ params.W2[:, 1:].T"),),
        "What the second output asks, and nothing of the first.",
        "Only the second output has been collected; the unit feeds both, "
        "and the paths add.",
        _DH,
    ),
    Mistake(
        "entry", "outputs-subtracted",
        (("dz2 @ params.W2.T", "(dz2 * torch.tensor([1, -1])) "
          "@ params.W2.T"),),
        "A sign is lost on the way.",
        "One of the two products enters with the wrong sign: ∂L/∂z2 is "
        "negative for the second output, and so are both weights.",
        _DH,
    ),
    Mistake(
        "entry", "slope-forgotten",
        ((_SLOPE, "dy_hat"),),
        "About four times too large.",
        "You started from ∂L/∂ŷ; the sigmoid's slope belongs between it "
        "and the logits.",
        _DZ2,
    ),
    Mistake(
        "entry", "factor-two",
        (("2 * (y_hat - Y)", "(y_hat - Y)"),),
        "Half of what it must be.",
        "The factor 2 of the square is missing.",
        _DY,
    ),
    Mistake(
        "entry", "sigmoid-twice",
        ((_SLOPE, "dy_hat * (1 - torch.sigmoid(y_hat))"
                  " * torch.sigmoid(y_hat)"),),
        "A little too small.",
        "σ′ is taken at ŷ, which has been through the sigmoid already.",
        _DZ2,
    ),
    Mistake(
        "entry", "gate-is-a-value",
        (("dh * (z1 > 0)", "dh * z1"),),
        "Too small, by the value of z1.",
        "You multiplied by z1 of the unit. The gate is open, so its factor "
        "is 1.",
        _DZ1,
    ),
    Mistake(
        "entry", "gate-shut",
        (("dh * (z1 > 0)", "dh * 0"),),
        "Zero.",
        "The gate of the fourth unit is open: its z1 is positive for this "
        "row.",
        _DZ1,
    ),
    Mistake(
        "entry", "another-unit",
        "def wrong(x, y, params):\n"
        "    return backward(x, y, params).W1[2, 2]\n",
        "The slope of a neighbour.",
        "This is x3's weight into the third unit; the fourth is column 3, "
        "since Python counts from 0.",
        _DW1,
    ),
    Mistake(
        "entry", "another-unit",
        "def wrong(x, y, params):\n"
        "    return backward(x, y, params).W1[2, 1]\n",
        "The slope of a neighbour.",
        "This is x3's weight into the second unit; the fourth is column 3.",
        _DW1,
    ),
    Mistake(
        "entry", "another-coordinate",
        "def wrong(x, y, params):\n"
        "    return backward(x, y, params).W1[1, 3]\n",
        "The slope of a neighbour.",
        "This is multiplied by x2; the weight carries x3.",
        _DW1,
    ),
    Mistake(
        "entry", "another-coordinate",
        "def wrong(x, y, params):\n"
        "    return backward(x, y, params).W1[0, 3]\n",
        "The slope of a neighbour.",
        "This is multiplied by x1; the weight carries x3.",
        _DW1,
    ),
    Mistake(
        "entry", "another-layer",
        "def wrong(x, y, params):\n"
        "    return backward(x, y, params).W2[3, 0]\n",
        "A slope by a weight of W2.",
        "This is the slope by a weight out of the fourth unit; asked is "
        "that by a weight into it.",
        _DW1,
    ),
    Mistake(
        "entry", "another-layer",
        "def wrong(x, y, params):\n"
        "    return backward(x, y, params).W2[3, 1]\n",
        "A slope by a weight of W2.",
        "This is the slope by a weight out of the fourth unit, to the "
        "second output; asked is that by a weight into it.",
        _DW1,
    ),
    Mistake(
        "entry", "all-rows",
        "def wrong(x, y, params):\n"
        "    from toynet.data import generate_data\n"
        "    x, y = generate_data(20, torch.Generator().manual_seed(0))\n"
        "    return backward(x.double(), y.double(), params).W1[2, 3]\n",
        "The sum over twenty rows.",
        "This is the slope for all twenty points; asked is the part of the "
        "first row.",
        _DW1,
    ),
    Mistake(
        "rate", "rate-unchanged",
        "def wrong(rate, *sizes):\n"
        "    return rate, rate\n",
        "The friend's own rate.",
        "The gradient of the sum is 2N times that of the mean, so the same "
        "rate makes a step 2N times as long.",
        _SIZES,
    ),
    Mistake(
        "rate", "multiplied-for-divided",
        "def wrong(rate, *sizes):\n"
        "    return tuple(rate * 2 * N for N in sizes)\n",
        "A rate far beyond the limit.",
        "The sum's gradient is larger than the mean's, so the rate has to "
        "be smaller: divide by 2N.",
        _SIZES,
    ),
    Mistake(
        "rate", "divided-by-rows",
        "def wrong(rate, *sizes):\n"
        "    return tuple(rate / N for N in sizes)\n",
        "Twice too large.",
        "The mean is over all entries, two in each row, so it divides by "
        "2N, not by N.",
        _SIZES,
    ),
    Mistake(
        "rate", "divided-by-outputs",
        "def wrong(rate, *sizes):\n"
        "    return tuple(rate / 2 for N in sizes)\n",
        "Far too large.",
        "The rate is divided by the two outputs alone; the mean is over "
        "the rows as well.",
        _SIZES,
    ),
    Mistake(
        "rate", "divided-by-parameters",
        "def wrong(rate, *sizes):\n"
        "    return tuple(rate / 26 for N in sizes)\n",
        "Neither depends on the batch.",
        "The mean is over the errors, 2N of them, and not over the 26 "
        "parameters.",
        _SIZES,
    ),
    Mistake(
        "rate", "one-for-both",
        "def wrong(rate, *sizes):\n"
        "    return rate / (2 * sizes[0]), rate / (2 * sizes[0])\n",
        "The first right, the second half of it.",
        "With ten points the mean divides by 20 only, so the second rate "
        "is another one.",
        _SIZES,
    ),
    Mistake(
        "rate", "wrong-way",
        "def wrong(rate, *sizes):\n"
        "    first = rate / (2 * sizes[0])\n"
        "    return first, first * sizes[1] / sizes[0]\n",
        "The first right, the second halved where it must double.",
        "Fewer points make a shorter gradient of the sum, so to take the "
        "friend's step its rate must grow.",
        _SIZES,
    ),
    Mistake(
        "rate", "swapped",
        "def wrong(rate, *sizes):\n"
        "    return tuple(rate / (2 * N) for N in sizes[::-1])\n",
        "Both there, in the other order.",
        "Both rates are there, the one for ten points first.",
        _SIZES,
    ),
    Mistake(
        "rate", "divided-twice",
        "def wrong(rate, *sizes):\n"
        "    return tuple(rate / (4 * N) for N in sizes)\n",
        "Half as large as they must be.",
        "You divide by 4N. The factor 2 of the square is in both "
        "gradients; only the 2N entries of the mean make a difference.",
        _SIZES,
    ),
    Mistake(
        "rate", "divided-by-square",
        "def wrong(rate, *sizes):\n"
        "    return tuple(rate / (2 * N) ** 2 for N in sizes)\n",
        "Far too small.",
        "You divide by 2N twice. The gradient of the mean is that of the "
        "sum over 2N, so once is enough.",
        _SIZES,
    ),
    Mistake(
        "rate", "the-factor-alone",
        "def wrong(rate, *sizes):\n"
        "    return tuple(2 * N for N in sizes)\n",
        "40 and 20.",
        "These are the factors 2N; divide the friend's rate by them.",
        _SIZES,
    ),
    Mistake(
        "twins", "weights-out-differ",
        _TWINS + "    W1[:, 1], b1[1] = W1[:, 0], b1[0]\n" + _SO,
        "Equal for the first forward pass, and apart after the first step.",
        "Weights in and bias are equal, the weights out are not: then the "
        "columns of ∂L/∂h differ, and with them the gradients.",
        _DH,
    ),
    Mistake(
        "twins", "biases-differ",
        _TWINS + "    W1[:, 1], W2[1] = W1[:, 0], W2[0]\n" + _SO,
        "Equal weights, and unequal z1.",
        "The weights are equal, the biases are not: then z1 and the gates "
        "differ.",
        _ALIKE,
    ),
    Mistake(
        "twins", "weights-in-differ",
        _TWINS + "    b1[1], W2[1] = b1[0], W2[0]\n" + _SO,
        "Equal columns of ∂L/∂h, unequal gates.",
        "Bias and weights out are equal, the weights in are not: the two "
        "units see different things.",
        _ALIKE,
    ),
    Mistake(
        "twins", "only-weights-in",
        _TWINS + "    W1[:, 1] = W1[:, 0]\n" + _SO,
        "Apart from the start.",
        "Only the weights in are equal; the bias and the weights out belong "
        "to a unit, too.",
        _ALIKE,
    ),
    Mistake(
        "twins", "only-weights-out",
        _TWINS + "    W2[1] = W2[0]\n" + _SO,
        "Apart from the start.",
        "Only the weights out are equal; the weights in and the bias belong "
        "to a unit, too.",
        _ALIKE,
    ),
    Mistake(
        "twins", "no-twins",
        _TWINS + _SO,
        "The network as it was drawn.",
        "The first two units are not equal: copy weights in, bias and "
        "weights out from unit 0 to unit 1.",
        _ALIKE,
    ),
    Mistake(
        "twins", "no-twins",
        _TWINS + "    b1[1] = b1[0]\n" + _SO,
        "Equal biases, unequal weights.",
        "Only the biases are equal: copy the weights in and the weights "
        "out, too.",
        _ALIKE,
    ),
    Mistake(
        "twins", "rows-for-columns",
        _TWINS + "    W1[1], b1[1], W2[:, 1] = W1[0], b1[0], W2[:, 0]\n"
        + _SO,
        "Two equal inputs and two equal outputs.",
        "You made rows of W1 or columns of W2 equal. What a unit hears is a "
        "column of W1, and what it says a row of W2.",
        _ALIKE,
    ),
    Mistake(
        "twins", "rows-for-columns",
        _TWINS + "    W1[:, 1], b1[1], W2[:, 1] = W1[:, 0], b1[0], W2[:, 0]"
        "\n" + _SO,
        "Right in the first layer; two equal outputs.",
        "The columns of W2 are equal; what a unit says is a row of W2.",
        _DH,
    ),
    Mistake(
        "twins", "other-units",
        _TWINS + "    W1[:, 2], b1[2], W2[2] = W1[:, 1], b1[1], W2[1]\n"
        + _SO,
        "Twins, one place further.",
        "There are twins, but not the first two units: Python counts from "
        "0.",
        _ALIKE,
    ),
    Mistake(
        "twins", "all-units-equal",
        _TWINS + "    return [torch.full_like(p, 0.1) for p in "
        "(W1, b1, W2, b2)]\n",
        "Four copies of one unit.",
        "All four units are equal. That is the second question; here the "
        "other two must differ, so that one sees them go their own ways.",
        _ALIKE,
    ),
    Mistake(
        "twins", "silent-twins",
        _TWINS + "    W1[:, :2], b1[:2], W2[:2] = 0, 0, 0\n" + _SO,
        "Their gradients are 0.",
        "The twins have no gradient at all on the twenty points, so they "
        "stay equal for want of anything that moves them.",
        _ALIKE,
    ),
    Mistake(
        "twins", "nearly-equal",
        _TWINS + "    W1[:, 1], b1[1], W2[1] = W1[:, 0], b1[0], W2[0]\n"
        "    b1[1] += 0.002\n" + _SO,
        "Equal to two digits.",
        "The two are nearly equal, as numbers that were read from a "
        "printout are; copy them instead.",
        _ALIKE,
    ),
    Mistake(
        "rises", "order-of-heaps",
        ((".sum(), kink.sum(), both.sum()",
          ".sum(), both.sum(), kink.sum()"),),
        "The second heap and the third have changed places.",
        "The three heaps are there, in another order: no crossing, the "
        "crossing alone, and also with the gates held. If your order is "
        "this one, the test with the gates held is the wrong way round.",
        _HELD,
    ),
    Mistake(
        "rises", "order-of-heaps",
        (("return quiet.sum(), kink.sum(), both.sum()",
          "return kink.sum(), both.sum(), quiet.sum()"),),
        "The first heap stands last.",
        "The three heaps are there, the first of them last: no crossing, "
        "the crossing alone, and also with the gates held.",
        _HELD,
    ),
    Mistake(
        "rises", "steps-for-rises",
        (("rises = after > before", "rises = after > -1"),),
        "Every step is in a heap.",
        "You sort all steps; only those whose loss rises belong in a heap.",
        _HELD,
    ),
    Mistake(
        "rises", "falls-for-rises",
        (("rises = after > before", "rises = after < before"),),
        "The steps that fall are counted.",
        "The steps counted are those that fall: a rise is a loss that is "
        "larger after the step than before it.",
        _HELD,
    ),
    Mistake(
        "rises", "gates-after",
        (("also = held > before", "also = after > before"),),
        "Nothing in the second heap.",
        "With the gates of the new parameters nothing is held: that is the "
        "loss itself. Take the gates from before the step.",
        _HELD,
    ),
    Mistake(
        "rises", "held-at-the-start",
        (("also = held > before", "also = before > before"),),
        "Nothing in the third heap.",
        "The held loss is taken at the parameters before the step, where "
        "it is the loss itself; take the new parameters with the old gates.",
        _HELD,
    ),
    Mistake(
        "rises", "compared-with-after",
        (("also = held > before", "also = held > after"),),
        "Rises with the held loss above the true one.",
        "The held loss after the step is compared with the loss after it; "
        "whether it rises is told by the loss before the step.",
        _HELD,
    ),
    Mistake(
        "rises", "all-units-at-once",
        ((".any(1)", ".all(1)"),),
        "Everything in the first heap.",
        "A step counts as a crossing if one ReLU changes sides on one row; "
        "yours waits for all of them, or asks for none.",
        "one ReLU changed sides, chapter 3 (fig-chatter)",
    ),
    Mistake(
        "rises", "crossing-turned-around",
        (("crossed = (", "crossed = ~("),),
        "The first heap is full and the others are empty, or nearly.",
        "The steps in which no ReLU changed sides and those in which one "
        "did have changed places.",
        "one ReLU changed sides, chapter 3 (fig-chatter)",
    ),
    Mistake(
        "rises", "shares-for-counts",
        (("return quiet.sum(), kink.sum(), both.sum()",
          "return tuple(x.sum() / rises.sum() for x in (quiet, kink, both))"
          ),),
        "Three numbers that add up to 1.",
        "These are shares; return the three counts.",
        _HELD,
    ),
    Mistake(
        "rises", "shares-for-counts",
        (("return quiet.sum(), kink.sum(), both.sum()",
          "return tuple(x.sum() / steps for x in (quiet, kink, both))"),),
        "Three numbers far below 1.",
        "These are shares of all steps; return the three counts.",
        _HELD,
    ),
    Mistake(
        "rises", "rises-added-up",
        (("return quiet.sum(), kink.sum(), both.sum()",
          "return tuple(((after - before) * x).sum() "
          "for x in (quiet, kink, both))"),),
        "How far the loss rises, and not how often.",
        "You add up how far the loss rises; count how often.",
        _HELD,
    ),
    Mistake(
        "rises", "heaps-overlap",
        (("rises & crossed & ~also", "rises & crossed"),),
        "The second heap holds the third.",
        "The second heap holds every rise with a crossing; those that also "
        "rise with the gates held belong to the third alone.",
        _HELD,
    ),
    Mistake(
        "rises", "heaps-overlap",
        (("rises & crossed & also", "rises & also"),
         ("rises & ~crossed", "rises")),
        "The first heap holds all.",
        "The first heap holds every rise; it is for those in which no ReLU "
        "changed sides.",
        _HELD,
    ),
    Mistake(
        "rises", "crossing-not-asked",
        (("rises & ~crossed", "rises & ~rises"),
         ("rises & crossed & also", "rises & also")),
        "The first heap is empty.",
        "Whether a ReLU changed sides is not asked: without a crossing a "
        "rise belongs to the first heap.",
        "one ReLU changed sides, chapter 3 (fig-chatter)",
    ),
    Mistake(
        "rises", "in-single-precision",
        (("_walked(lr, steps)", "_walked(lr, steps, torch.float32)"),),
        "Counts that are a little off.",
        "This is the walk in float32, in which rounding moves some rises; "
        "walk with X64, Y64 and p64.",
        "the walk in float64, chapter 3 (fig-chatter)",
    ),
    Mistake(
        "rises", "rate-ignored",
        (("_walked(lr, steps)", "_walked(0.01, steps)"),),
        "The same for every rate.",
        "The walk takes the rate 0.01 whatever `lr` is.",
        _STEP,
    ),
    Mistake(
        "rises", "rate-ignored",
        (("_walked(lr, steps)", "_walked(0.1, steps)"),),
        "The same for every rate.",
        "The walk takes the rate 0.1 whatever `lr` is.",
        _STEP,
    ),
    Mistake(
        "rises", "steps-ignored",
        (("_walked(lr, steps)", "_walked(lr, 90)"),),
        "The same for every number of steps.",
        "The walk has the same length whatever `steps` is.",
        _STEP,
    ),
    Mistake(
        "rises", "one-step-too-many",
        (("_walked(lr, steps)", "_walked(lr, steps + 1)"),),
        "Now and then one rise too many.",
        "The walk is one step too long: `steps` steps make a path of "
        "steps + 1 points.",
        _STEP,
    ),
    Mistake(
        "rises", "last-step-missing",
        (("_walked(lr, steps)", "_walked(lr, steps - 1)"),),
        "One step short, now and then one rise short.",
        "The walk is one step short: a path of `steps` steps has one more "
        "point than steps.",
        _STEP,
    ),
    Mistake(
        "cross_entropy", "squared-error",
        (("(1 - Y) / (1 - y_hat) - Y / y_hat", "2 * (y_hat - Y)"),),
        "The old ∂L/∂z2.",
        "This is ∂L/∂z2 of the squared error; the first line must change.",
        _CROSS,
    ),
    Mistake(
        "cross_entropy", "squared-error",
        (("(1 - Y) / (1 - y_hat) - Y / y_hat", "y_hat - Y"),),
        "Half the old ∂L/∂z2.",
        "ŷ (1 - ŷ) is multiplied in although it has cancelled, or the old "
        "first line has stayed without its 2.",
        _CROSS,
    ),
    Mistake(
        "cross_entropy", "slope-forgotten",
        (("dy_hat * y_hat * (1 - y_hat)", "dy_hat"),),
        "∂L/∂ŷ.",
        "This is ∂L/∂ŷ, a line too early: multiply by the sigmoid's slope, "
        "and it cancels.",
        _CROSS,
    ),
    Mistake(
        "cross_entropy", "wrong-sign",
        (("(1 - Y) / (1 - y_hat) - Y / y_hat",
          "Y / y_hat - (1 - Y) / (1 - y_hat)"),),
        "y - ŷ.",
        "The sign is turned: the loss has a minus in front of both "
        "logarithms, and y_hat comes first of the two arguments.",
        _CROSS,
    ),
    Mistake(
        "cross_entropy", "minus-lost",
        (("(1 - Y) / (1 - y_hat) - Y / y_hat",
          "-(1 - Y) / (1 - y_hat) - Y / y_hat"),),
        "Right for a label of 1, wrong in sign for 0.",
        "The derivative of log(1 - ŷ) is -1/(1 - ŷ): its inner minus is "
        "lost.",
        _CROSS,
    ),
    Mistake(
        "cross_entropy", "one-label-only",
        (("(1 - Y) / (1 - y_hat) - Y / y_hat", "-Y / y_hat"),),
        "Right for a label of 1, zero for 0.",
        "Only the term -y log ŷ is there; a label of 0 has its term, too.",
        _CROSS,
    ),
    Mistake(
        "cross_entropy", "one-label-only",
        (("(1 - Y) / (1 - y_hat) - Y / y_hat", "(1 - Y) / (1 - y_hat)"),),
        "Right for a label of 0, zero for 1.",
        "Only the term of the label 0 is there; -y log ŷ has a slope, too.",
        _CROSS,
    ),
    Mistake(
        "cross_entropy", "factor-two",
        (("(1 - Y) / (1 - y_hat) - Y / y_hat",
          "2 * ((1 - Y) / (1 - y_hat) - Y / y_hat)"),),
        "Twice as large as it must be.",
        "A factor of 2 is left over from the square; there is no square "
        "here.",
        _CROSS,
    ),
    Mistake(
        "cross_entropy", "mean-for-sum",
        (("dy_hat * y_hat * (1 - y_hat)",
          "dy_hat * y_hat * (1 - y_hat) / Y.numel()"),),
        "Too small by 2N.",
        "This is the slope of the mean over all entries; the cross-entropy "
        "here is their sum.",
        _CROSS,
    ),
    Mistake(
        "cross_entropy", "mean-over-rows",
        (("dy_hat * y_hat * (1 - y_hat)",
          "dy_hat * y_hat * (1 - y_hat) / len(Y)"),),
        "Too small by N.",
        "The slope is divided by the number of rows; the loss here is a "
        "sum.",
        _CROSS,
    ),
    Mistake(
        "cross_entropy", "loss-for-slope",
        (("return dy_hat * y_hat * (1 - y_hat)",
          "return -Y * y_hat.log() - (1 - Y) * (1 - y_hat).log()"),),
        "Never negative.",
        "This is the cross-entropy itself; asked is its derivative by z2.",
        _CROSS,
    ),
    Mistake(
        "cross_entropy", "batch-summed",
        (("return dy_hat * y_hat * (1 - y_hat)",
          "return (dy_hat * y_hat * (1 - y_hat)).sum(0)"),),
        "Two numbers.",
        "This is summed over the rows, as in db2; ∂L/∂z2 keeps its rows.",
        _CROSS,
    ),
    Mistake(
        "cross_entropy", "batch-summed",
        (("return dy_hat * y_hat * (1 - y_hat)",
          "return (dy_hat * y_hat * (1 - y_hat)).sum()"),),
        "One number.",
        "This is summed over all entries; ∂L/∂z2 has one for each logit.",
        _CROSS,
    ),
    Mistake(
        "cross_entropy", "sigmoid-twice",
        (("return dy_hat * y_hat * (1 - y_hat)",
          "return torch.sigmoid(y_hat) - Y"),),
        "No output below one half.",
        "ŷ has been through the sigmoid already.",
        _CROSS,
    ),
    Mistake(
        "cross_entropy", "sigmoid-twice",
        (("dy_hat * y_hat * (1 - y_hat)",
          "dy_hat * torch.sigmoid(y_hat) * (1 - torch.sigmoid(y_hat))"),),
        "Nothing cancels.",
        "σ′ is taken at ŷ, which has been through the sigmoid already: "
        "σ′(z2) is ŷ (1 - ŷ), and it cancels.",
        _CROSS,
    ),
    Mistake(
        "cross_entropy", "sign-lost",
        (("return dy_hat * y_hat * (1 - y_hat)",
          "return (y_hat - Y).abs()"),),
        "Never negative.",
        "The size of the error has lost its sign, which tells the way.",
        _CROSS,
    ),
    Mistake(
        "cross_entropy", "half-a-slope",
        (("dy_hat * y_hat * (1 - y_hat)", "dy_hat * y_hat"),),
        "Only one factor cancels.",
        "The sigmoid's slope is ŷ (1 - ŷ); the second factor is missing.",
        _CROSS,
    ),
    Mistake(
        "cross_entropy", "half-a-slope",
        (("dy_hat * y_hat * (1 - y_hat)", "dy_hat * (1 - y_hat)"),),
        "Only one factor cancels.",
        "The sigmoid's slope is ŷ (1 - ŷ); the factor ŷ is missing.",
        _CROSS,
    ),
]
