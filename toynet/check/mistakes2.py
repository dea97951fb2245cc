"""The catalogue of mistakes of chapter 2, the forward pass."""

from toynet.check.mistake import Mistake

MISTAKES = []

_Y_HAT = "y_hat = σ(z2), chapter 2 (eq-y_hat)"
_H = "h = relu(z1), chapter 2 (eq-h)"
_Z1 = "z1 = X @ W1 + b1, chapter 2 (eq-z1)"
_Z2 = "z2 = h @ W2 + b2, chapter 2 (eq-z2)"
_SIGMOID = "σ(z) = 1 / (1 + exp(-z)), chapter 2 (eq-sigmoid)"
_SSE = "L = Σ (y_hat - Y)², over all entries, chapter 2 (eq-sse)"
_SHARE = "Σ (c - y)² over a column, chapter 2 (eq-sse) and (ex-02-3)"
_AXES = "What goes wrong without a word?, chapter 2, and its (eq-sse)"


def _lines(*lines, given="X, params"):
    """The source of a function with these lines."""
    return "\n    ".join([f"def f({given}):", *lines]) + "\n"


def _network(hidden="torch.relu(z1)", output="torch.sigmoid(z2)"):
    """The source of a forward pass with these two functions."""
    return _lines(
        "z1 = X @ params.W1 + params.b1",
        f"h = {hidden}",
        "z2 = h @ params.W2 + params.b2",
        f"return {output}",
    )


def _layers(first, second):
    """The source of a forward pass with these two products."""
    return _lines(
        "W1, b1, W2, b2 = params",
        f"h = torch.relu({first} + b1)",
        f"return torch.sigmoid({second} + b2)",
    )


MISTAKES += [
    Mistake(
        "forward", "transposed-result",
        (("Activations(z1, h, z2, y_hat)",
          "Activations(z1, h, z2, y_hat.T)"),),
        "Two rows, one for each output.",
        "The result is lying on its side: y_hat has a row for each point and "
        "a column for each output.",
        _Y_HAT,
    ),
    Mistake(
        "forward", "one-output-only",
        (("Activations(z1, h, z2, y_hat)",
          "Activations(z1, h, z2, y_hat[:, :1])"),),
        "One column where there are two.",
        "Only the first output is there; y_hat has a column for each of the "
        "two.",
        _Y_HAT,
    ),
    Mistake(
        "forward", "one-output-only",
        (("Activations(z1, h, z2, y_hat)",
          "Activations(z1, h, z2, y_hat[:, 0])"),),
        "One number for each point.",
        "Only the first output is there; y_hat has a column for each of the "
        "two.",
        _Y_HAT,
    ),
    Mistake(
        "forward", "rows-averaged",
        (("Activations(z1, h, z2, y_hat)",
          "Activations(z1, h, z2, y_hat.mean(0))"),),
        "Two numbers for the whole batch.",
        "The outputs are averaged over the rows. Each point has its own two "
        "outputs; only the loss adds up over points.",
        _Y_HAT,
    ),
    Mistake(
        "forward", "rows-averaged",
        (("Activations(z1, h, z2, y_hat)",
          "Activations(z1, h, z2, y_hat.sum(0))"),),
        "Two numbers for the whole batch.",
        "The outputs are added up over the rows. Each point has its own two "
        "outputs; only the loss adds up over points.",
        _Y_HAT,
    ),
    Mistake(
        "forward", "order-of-results",
        (("Activations(z1, h, z2, y_hat)",
          "Activations(z1, h, z2, y_hat.flip(1))"),),
        "The two columns have changed places.",
        "The two outputs have changed places: the first column of W2 makes "
        "the first.",
        _Z2,
    ),
    Mistake(
        "forward", "rounded-to-labels",
        (("Activations(z1, h, z2, y_hat)",
          "Activations(z1, h, z2, y_hat.round())"),),
        "Only zeros and ones.",
        "The outputs are rounded to labels. y_hat is the number before that.",
        _Y_HAT,
    ),
    Mistake(
        "forward", "no-output-sigmoid",
        (("torch.sigmoid(z2)", "z2"),),
        "Outputs below 0 and above 1.",
        "The last line is missing: what you return is z2, the logits.",
        _Y_HAT,
    ),
    Mistake(
        "forward", "relu-at-the-end",
        (("torch.sigmoid(z2)", "torch.sigmoid(torch.relu(z2))"),),
        "No output below one half.",
        "z2 goes through relu as well: only the hidden layer has one.",
        _Y_HAT,
    ),
    Mistake(
        "forward", "relu-for-sigmoid",
        (("torch.sigmoid(z2)", "torch.relu(z2)"),),
        "Many zeros, and numbers above 1.",
        "The output layer ends with relu; it has to end with the sigmoid, "
        "which keeps every output between 0 and 1.",
        _Y_HAT,
    ),
    Mistake(
        "forward", "tanh-for-sigmoid",
        (("torch.sigmoid(z2)", "torch.tanh(z2)"),),
        "Outputs between -1 and 1.",
        "The output goes through tanh, which runs from -1 to 1; the sigmoid "
        "runs from 0 to 1.",
        _Y_HAT,
    ),
    Mistake(
        "forward", "clamp-for-sigmoid",
        (("torch.sigmoid(z2)", "z2.clamp(0, 1)"),),
        "Mostly exact zeros and ones.",
        "The logits are cut off at 0 and 1. The sigmoid bends them smoothly "
        "instead, so that every logit still counts.",
        _Y_HAT,
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
        "forward", "softmax-for-sigmoid",
        _network(output="torch.softmax(z2, 0)"),
        "Each column adds up to 1.",
        "softmax compares the points of a batch with each other; each number "
        "has to go through the sigmoid alone.",
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
        "forward", "relu-upside-down",
        (("torch.relu(z1)", "z1.clamp(max=0)"),),
        "Units speak that have to be silent.",
        "This keeps the negative z1; the relu keeps the positive ones, "
        "max(z, 0).",
        _H,
    ),
    Mistake(
        "forward", "relu-upside-down",
        (("torch.relu(z1)", "torch.relu(-z1)"),),
        "Units speak that have to be silent.",
        "The sign of z1 is turned before the relu; it keeps the positive "
        "ones.",
        _H,
    ),
    Mistake(
        "forward", "sigmoid-upside-down",
        (("torch.sigmoid(z2)", "torch.sigmoid(-z2)"),),
        "Each output is 1 minus the right one.",
        "The sigmoid has the wrong sign in its exponent: it is 1 / (1 + "
        "exp(-z)).",
        _SIGMOID,
    ),
    Mistake(
        "forward", "brackets-missing",
        (("torch.sigmoid(z2)", "1 + torch.exp(-z2)"),),
        "No output below 1.",
        "`1 / 1 + exp(-z)` divides before it adds: the sigmoid needs "
        "brackets, 1 / (1 + exp(-z)).",
        _SIGMOID,
    ),
    Mistake(
        "forward", "sigmoid-without-one",
        (("torch.sigmoid(z2)", "torch.exp(z2)"),),
        "Outputs above 1.",
        "This is exp(z2): the 1 in the denominator is missing. The sigmoid "
        "is 1 / (1 + exp(-z)).",
        _SIGMOID,
    ),
    Mistake(
        "forward", "sigmoid-slope",
        _network(output="torch.sigmoid(z2) * (1 - torch.sigmoid(z2))"),
        "No output above a quarter.",
        "This is the slope of the sigmoid, ŷ (1 - ŷ); the forward pass needs "
        "its value.",
        _SIGMOID,
    ),
    Mistake(
        "forward", "log-of-sigmoid",
        _network(output="torch.nn.functional.logsigmoid(z2)"),
        "No output above 0.",
        "This is the logarithm of the sigmoid; y_hat is the sigmoid itself.",
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
        "forward", "tanh-for-relu",
        (("torch.relu(z1)", "torch.tanh(z1)"),),
        "Plausible outputs, all of them off.",
        "The hidden layer uses tanh; here it is the relu.",
        _H,
    ),
    Mistake(
        "forward", "softmax-for-relu",
        _network(hidden="torch.softmax(z1, 1)"),
        "The hidden values of a row add up to 1.",
        "The hidden layer uses softmax; here it is the relu, one unit at a "
        "time.",
        _H,
    ),
    Mistake(
        "forward", "abs-for-relu",
        (("torch.relu(z1)", "z1.abs()"),),
        "Right for rows whose z1 are all positive.",
        "Negative z1 are turned positive; the relu replaces them by 0.",
        _H,
    ),
    Mistake(
        "forward", "step-for-relu",
        (("torch.relu(z1)", "(z1 > 0).float()"),),
        "Hidden values are zeros and ones.",
        "Each hidden unit says only whether z1 is positive; the relu passes "
        "the number itself on.",
        _H,
    ),
    Mistake(
        "forward", "capped-relu",
        _network(hidden="z1.clamp(0, 1)"),
        "Right where no hidden value is above 1.",
        "Hidden values are cut off at 1; the relu has no upper end.",
        _H,
    ),
    Mistake(
        "forward", "leaky-relu",
        (("torch.relu(z1)", "torch.nn.functional.leaky_relu(z1)"),),
        "Nearly right.",
        "A leaky relu lets a hundredth of the negative z1 through; this one "
        "replaces them by 0.",
        _H,
    ),
    Mistake(
        "forward", "leaky-relu",
        _network(hidden="torch.nn.functional.elu(z1)"),
        "Nearly right.",
        "This is elu, which bends below 0; the relu is 0 there.",
        _H,
    ),
    Mistake(
        "forward", "smooth-relu",
        _network(hidden="torch.nn.functional.softplus(z1)"),
        "Nearly right for large z1.",
        "This is softplus, log(1 + exp(z)), a smooth relative of the relu; "
        "here it is max(z, 0).",
        _H,
    ),
    Mistake(
        "forward", "smooth-relu",
        _network(hidden="torch.nn.functional.gelu(z1)"),
        "Nearly right.",
        "This is gelu, a smooth relative of the relu; here it is max(z, 0).",
        _H,
    ),
    Mistake(
        "forward", "relu-over-the-row",
        _network(
            hidden="z1.max(1, keepdim=True).values.relu().expand_as(z1)"
        ),
        "All hidden values of a row are equal.",
        "The maximum is taken over the units of a row; the relu compares "
        "each number with 0.",
        _H,
    ),
    Mistake(
        "forward", "activations-swapped",
        (("torch.relu(z1)", "torch.sigmoid(z1)"),
         ("torch.sigmoid(z2)", "torch.relu(z2)")),
        "Outputs of 0 and above 1.",
        "The two functions have changed places: relu belongs to the hidden "
        "layer, the sigmoid to the outputs.",
        _H,
    ),
    Mistake(
        "forward", "relu-on-the-inputs",
        (("X @", "torch.relu(X) @"),
         ("torch.relu(z1)", "z1")),
        "Negative coordinates count for nothing.",
        "relu is applied to X, before the first product; it belongs after "
        "it, on z1.",
        _H,
    ),
    Mistake(
        "forward", "bias-after-relu",
        ((" + params.b1", ""),
         ("torch.relu(z1)", "torch.relu(z1) + params.b1")),
        "Right where b1 is 0.",
        "b1 is added after the relu. It has to be added before, so that it "
        "can decide whether a unit is silent.",
        _Z1,
    ),
    Mistake(
        "forward", "bias-after-sigmoid",
        ((" + params.b2", ""),
         ("torch.sigmoid(z2)", "torch.sigmoid(z2) + params.b2")),
        "Outputs below 0 and above 1.",
        "b2 is added after the sigmoid; it belongs to the logits.",
        _Z2,
    ),
    Mistake(
        "forward", "bias-in-the-inner-loop",
        (("+ params.b1", "+ 3 * params.b1"),),
        "Right where b1 is 0.",
        "b1 is added once for each coordinate; add it once for each unit, "
        "outside of the inner loop.",
        _Z1,
    ),
    Mistake(
        "forward", "bias-in-the-inner-loop",
        (("+ params.b2", "+ len(h.T) * params.b2"),),
        "Right where b2 is 0.",
        "b2 is added once for each hidden unit; add it once for each output, "
        "outside of the inner loop.",
        _Z2,
    ),
    Mistake(
        "forward", "bias-in-the-inner-loop",
        _lines(
            "z1 = X @ params.W1 + 3 * params.b1",
            "z2 = torch.relu(z1) @ params.W2",
            "return torch.sigmoid(z2 + len(params.b1) * params.b2)",
        ),
        "Right where the biases are 0.",
        "The biases are added once for each number that comes in; add them "
        "once for each unit, outside of the inner loop.",
        _Z1,
    ),
    Mistake(
        "forward", "bias-before-the-product",
        _lines(
            "h = torch.relu((X + params.b1) @ params.W1)",
            "return torch.sigmoid(h @ params.W2 + params.b2)",
        ),
        "Raises, unless there are three hidden units: then it runs.",
        "b1 is added to X, before the product; it belongs to the hidden units "
        "and is added behind it.",
        _Z1,
    ),
    Mistake(
        "forward", "bias-before-the-product",
        _lines(
            "h = torch.relu(X @ (params.W1 + params.b1))",
            "return torch.sigmoid(h @ params.W2 + params.b2)",
        ),
        "Plausible outputs; right where b1 is 0.",
        "b1 is added to W1 and not to the product: brackets too many.",
        _Z1,
    ),
    Mistake(
        "forward", "bias-before-the-product",
        _lines(
            "h = torch.relu(X @ (params.W1 + params.b1))",
            "return torch.sigmoid(h @ (params.W2 + params.b2))",
        ),
        "Plausible outputs; right where the biases are 0.",
        "The biases are added to the weights and not to the products: "
        "brackets too many.",
        _Z1,
    ),
    Mistake(
        "forward", "biases-swapped",
        (("+ params.b1", "+ params.b_"),
         ("+ params.b2", "+ params.b1"),
         ("+ params.b_", "+ params.b2")),
        "Raises, unless there are two hidden units: then it runs.",
        "The biases have changed places: b1 belongs to the hidden units, b2 "
        "to the outputs.",
        _Z1,
    ),
    Mistake(
        "forward", "same-bias-twice",
        (("+ params.b2", "+ params.b1"),),
        "Raises, unless there are two hidden units: then it runs.",
        "Both layers add b1; the second has its own, b2.",
        _Z2,
    ),
    Mistake(
        "forward", "bias-subtracted",
        (("+ params.b1", "- params.b1"),),
        "Right where b1 is 0.",
        "b1 is subtracted; add it.",
        _Z1,
    ),
    Mistake(
        "forward", "bias-subtracted",
        (("+ params.b2", "- params.b2"),),
        "Right where b2 is 0.",
        "b2 is subtracted; add it.",
        _Z2,
    ),
    Mistake(
        "forward", "no-hidden-bias",
        ((" + params.b1", ""),),
        "Right where b1 is 0.",
        "The hidden layer's bias b1 is not added.",
        _Z1,
    ),
    Mistake(
        "forward", "no-output-bias",
        ((" + params.b2", ""),),
        "Right where b2 is 0.",
        "The output layer's bias b2 is not added.",
        _Z2,
    ),
    Mistake(
        "forward", "weights-transposed",
        (("@ params.W1", "@ params.W1.T"),),
        "Raises, unless there are three hidden units: then it runs.",
        "W1 is transposed. It has a row for each coordinate and a column for "
        "each hidden unit already, so X @ W1 fits as it is.",
        _Z1,
    ),
    Mistake(
        "forward", "weights-transposed",
        (("@ params.W2", "@ params.W2.T"),),
        "Raises, unless there are two hidden units: then it runs.",
        "W2 is transposed. It has a row for each hidden unit and a column "
        "for each output already, so h @ W2 fits as it is.",
        _Z2,
    ),
    Mistake(
        "forward", "wrong-matrix-order",
        (("X @ params.W1", "params.W1 @ X"),),
        "Raises, unless three rows meet three hidden units.",
        "The rows of a product are the rows of its left factor, and our rows "
        "are the points: X stands on the left of W1.",
        _Z1,
    ),
    Mistake(
        "forward", "wrong-matrix-order",
        (("X @ params.W1", "params.W1.T @ X"),),
        "Raises, unless three rows meet three hidden units.",
        "The rows of a product are the rows of its left factor, and our rows "
        "are the points: X stands on the left of W1, and nothing is "
        "transposed.",
        _Z1,
    ),
    Mistake(
        "forward", "wrong-matrix-order",
        (("h @ params.W2", "params.W2 @ h"),),
        "Raises, unless two rows meet two hidden units.",
        "The rows of a product are the rows of its left factor, and our rows "
        "are the points: h stands on the left of W2.",
        _Z2,
    ),
    Mistake(
        "forward", "wrong-matrix-order",
        (("h @ params.W2", "params.W2.T @ h"),),
        "Raises, unless two rows meet two hidden units.",
        "The rows of a product are the rows of its left factor, and our rows "
        "are the points: h stands on the left of W2, and nothing is "
        "transposed.",
        _Z2,
    ),
    Mistake(
        "forward", "batch-transposed",
        (("X @ params.W1", "X.T @ params.W1"),),
        "Raises, unless there are three rows.",
        "X is transposed. It has a row for each point already, and X @ W1 "
        "keeps these rows.",
        _Z1,
    ),
    Mistake(
        "forward", "batch-transposed",
        (("h @ params.W2", "h.T @ params.W2"),),
        "Raises, unless there are as many rows as hidden units.",
        "h is transposed. It has a row for each point already, and h @ W2 "
        "keeps these rows.",
        _Z2,
    ),
    Mistake(
        "forward", "elementwise-product",
        (("X @ params.W1", "X * params.W1"),),
        "Raises, unless the sizes happen to agree.",
        "X * W1 multiplies entry by entry; the sum over the coordinates is a "
        "matrix product, X @ W1.",
        _Z1,
    ),
    Mistake(
        "forward", "elementwise-product",
        (("h @ params.W2", "h * params.W2"),),
        "Raises, unless the sizes happen to agree.",
        "h * W2 multiplies entry by entry; the sum over the hidden units is "
        "a matrix product, h @ W2.",
        _Z2,
    ),
    Mistake(
        "forward", "hidden-layer-left-out",
        (("h @ params.W2", "X @ params.W2"),),
        "Raises, unless there are three hidden units: then it runs.",
        "The second layer is fed with X; it takes h, what the hidden units "
        "give.",
        _Z2,
    ),
    Mistake(
        "forward", "stops-at-the-hidden-layer",
        (("Activations(z1, h, z2, y_hat)", "Activations(z1, h, z2, h)"),),
        "A column for each hidden unit.",
        "What you return is h, the hidden values. The output layer is still "
        "to come.",
        _Z2,
    ),
    Mistake(
        "forward", "one-row-only",
        (("X @", "X[0] @"),),
        "Two numbers, for whatever batch.",
        "Only the first point of the batch goes through. X holds a point in "
        "each row, and X @ W1 takes them all at once.",
        _Z1,
    ),
    Mistake(
        "forward", "one-row-only",
        (("X @", "X[:1] @"),),
        "One row, for whatever batch.",
        "Only the first point of the batch goes through. X holds a point in "
        "each row, and X @ W1 takes them all at once.",
        _Z1,
    ),
    Mistake(
        "forward", "one-row-only",
        (("X @", "X[-1] @"),),
        "Two numbers, for whatever batch.",
        "Only the last point of the batch goes through. X holds a point in "
        "each row, and X @ W1 takes them all at once.",
        _Z1,
    ),
    Mistake(
        "forward", "one-row-only",
        (("X @", "X[-1:] @"),),
        "One row, for whatever batch.",
        "Only the last point of the batch goes through. X holds a point in "
        "each row, and X @ W1 takes them all at once.",
        _Z1,
    ),
    Mistake(
        "forward", "one-row-only",
        _lines(
            "x1, x2, x3 = X",
            "W1, b1, W2, b2 = params",
            "z1 = x1 * W1[0] + x2 * W1[1] + x3 * W1[2] + b1",
            "return torch.sigmoid(torch.relu(z1) @ W2 + b2)",
        ),
        "Right for a single point, and raises for a batch.",
        "One point at a time your function is right; a batch it can't take. "
        "X holds a point in each row, and X @ W1 takes them all at once.",
        _Z1,
    ),
    Mistake(
        "forward", "one-row-only",
        _lines(
            "y_hat = torch.zeros(len(X), 2)",
            "y_hat[0] = forward(X[:1], params).y_hat[0]",
            "return y_hat",
        ),
        "Zeros for all points but the first.",
        "Only the first point of the batch goes through. X holds a point in "
        "each row, and X @ W1 takes them all at once.",
        _Z1,
    ),
    Mistake(
        "forward", "rows-mixed",
        _lines(
            "h, rows = 0, []",
            "for x in X:",
            "    h = h + torch.relu(x @ params.W1 + params.b1)",
            "    rows.append(torch.sigmoid(h @ params.W2 + params.b2))",
            "return torch.stack(rows)",
        ),
        "Right for the first row, and for each point alone.",
        "Each point alone comes out right, a batch does not: something is "
        "carried over from one row to the next, or taken over all of them. "
        "The rows do not see each other.",
        _Z1,
    ),
    Mistake(
        "forward", "columns-for-rows",
        _lines(
            "W1, b1, W2, b2 = params",
            "h = torch.relu(W1.T @ X + b1[:, None])",
            "return torch.sigmoid(W2.T @ h + b2[:, None])",
        ),
        "Right for the transposed batch, and raises for the batch.",
        "You take the points for columns, as many books on paper do. Here "
        "each point is a row: X @ W1 + b1.",
        _Z1,
    ),
    Mistake(
        "forward", "twenty-rows",
        _lines(
            "points = [X[n] for n in range(20)]",
            "return forward(torch.stack(points), params).y_hat",
        ),
        "Right for twenty rows, and raises for fewer.",
        "The number of rows is fixed at twenty; take it from the batch, "
        "`len(X)`.",
        _Z1,
    ),
    Mistake(
        "forward", "twenty-rows",
        _lines(
            "y_hat = torch.zeros(20, 2)",
            "y_hat[:len(X)] = forward(X, params).y_hat",
            "return y_hat",
        ),
        "Twenty rows, for whatever batch.",
        "The number of rows is fixed at twenty; take it from the batch, "
        "`len(X)`.",
        _Z1,
    ),
    Mistake(
        "forward", "returned-all",
        _lines(
            "z1 = X @ params.W1 + params.b1",
            "h = torch.relu(z1)",
            "z2 = h @ params.W2 + params.b2",
            "return z1, h, z2, torch.sigmoid(z2)",
        ),
        "A tuple of four.",
        "All four results are returned, as the package's own function does; "
        "y_hat alone is asked for.",
        _Y_HAT,
    ),
    Mistake(
        "forward-square", "weights-transposed",
        _layers("X @ W1.T", "h @ W2.T"),
        "Raises for every batch.",
        "Both weight matrices are transposed, as torch.nn.Linear stores "
        "them. Here they have a row for each number that comes in and a "
        "column for each unit, so X @ W1 and h @ W2 fit as they are.",
        _Z1,
    ),
    Mistake(
        "forward-square", "wrong-matrix-order",
        _layers("W1 @ X", "W2 @ h"),
        "Raises for every batch.",
        "The rows of a product are the rows of its left factor, and our rows "
        "are the points: X @ W1 and h @ W2.",
        _Z1,
    ),
    Mistake(
        "forward-square", "wrong-matrix-order",
        _layers("W1.T @ X", "W2.T @ h"),
        "Raises for every batch.",
        "The rows of a product are the rows of its left factor, and our rows "
        "are the points: X @ W1 and h @ W2, with nothing transposed.",
        _Z1,
    ),
    Mistake(
        "forward-square", "wrong-matrix-order",
        _layers("W1 @ X.T", "W2 @ h"),
        "Raises for every batch.",
        "The rows of a product are the rows of its left factor, and our rows "
        "are the points: X @ W1 and h @ W2, with nothing transposed.",
        _Z1,
    ),
    Mistake(
        "forward-square", "wrong-matrix-order",
        _layers("W1.T @ X.T", "W2.T @ h"),
        "Raises for every batch.",
        "The rows of a product are the rows of its left factor, and our rows "
        "are the points: X @ W1 and h @ W2. With the points as columns the "
        "biases would have to be columns, too.",
        _Z1,
    ),
    Mistake(
        "forward-square", "elementwise-product",
        _layers("X * W1", "h * W2"),
        "Raises for every batch.",
        "`*` multiplies entry by entry; the sum over what comes in is a "
        "matrix product, `@`.",
        _Z1,
    ),
    Mistake(
        "forward-square", "layers-swapped",
        _layers("X @ W2", "h @ W1"),
        "Raises for every batch.",
        "The layers have changed places: X meets W1 first, and h meets W2.",
        _Z1,
    ),
    Mistake(
        "forward-square", "layers-swapped",
        _lines(
            "W1, b1, W2, b2 = params",
            "h = torch.relu(X @ W2 + b2)",
            "return torch.sigmoid(h @ W1 + b1)",
        ),
        "Raises for every batch.",
        "The layers have changed places: X meets W1 and b1 first, then h "
        "meets W2 and b2.",
        _Z1,
    ),
    Mistake(
        "forward-square", "unpacked-in-another-order",
        _lines(
            "W1, W2, b1, b2 = params",
            "h = torch.relu(X @ W1 + b1)",
            "return torch.sigmoid(h @ W2 + b2)",
        ),
        "Raises for every batch.",
        "The parameters come as W1, b1, W2, b2, and you unpack them in "
        "another order.",
        "a Params is W1, b1, W2, b2, chapter 2 (eq-z1)",
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
        "loss", "products-for-squares",
        (("((y_hat - Y) ** 2).sum()", "(y_hat - Y).T @ (y_hat - Y)"),),
        "Two rows and two columns.",
        "This matrix product has the two sums of squares on its diagonal; the "
        "loss is one number, `((y_hat - Y) ** 2).sum()`.",
        _SSE,
    ),
    Mistake(
        "loss", "products-for-squares",
        (("((y_hat - Y) ** 2).sum()", "(y_hat - Y) @ (y_hat - Y).T"),),
        "As many rows and columns as points.",
        "This matrix product has a point's sum of squares on its "
        "diagonal, and more beside it; the loss is one number, "
        "`((y_hat - Y) ** 2).sum()`.",
        _SSE,
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
        "loss", "doubled-for-squared",
        (("((y_hat - Y) ** 2)", "((y_hat - Y) * 2)"),),
        "Can be negative; errors cancel.",
        "Each error is doubled; to square it, write `** 2` with two stars.",
        _SSE,
    ),
    Mistake(
        "loss", "squares-subtracted",
        (("((y_hat - Y) ** 2)", "(y_hat ** 2 - Y ** 2)"),),
        "Can be negative.",
        "The outputs and the labels are squared before they are subtracted; "
        "subtract, then square.",
        _SSE,
    ),
    Mistake(
        "loss", "cross-entropy-for-squares",
        (("((y_hat - Y) ** 2)",
          "(-(Y * y_hat.log() + (1 - Y) * (1 - y_hat).log()))"),),
        "Larger than the sum of squares.",
        "This is the cross-entropy, another loss; here it is the sum of "
        "squared errors.",
        _SSE,
    ),
    Mistake(
        "loss", "labels-for-outputs",
        (("(y_hat - Y)", "(y_hat.round() - Y)"),),
        "A whole number: it counts the wrong answers.",
        "The outputs are rounded to labels first, so this counts wrong "
        "answers. An error is how far the output itself is off.",
        _SSE,
    ),
    Mistake(
        "loss", "added-for-subtracted",
        (("y_hat - Y", "y_hat + Y"),),
        "Too large wherever the label is 1.",
        "Outputs and labels are added; an error is their difference.",
        _SSE,
    ),
    Mistake(
        "loss", "quiet-broadcast",
        (("y_hat - Y", "y_hat[:, None] - Y"),),
        "Too large by about the number of rows.",
        "Every output is paired with the labels of every row; each belongs "
        "to its own row alone.",
        _AXES,
    ),
    Mistake(
        "loss", "one-output-only",
        (("y_hat - Y", "y_hat[:, 0] - Y[:, 0]"),),
        "Too small: one of two columns.",
        "Only the first output is counted; the sum goes over both.",
        _SSE,
    ),
    Mistake(
        "loss", "one-output-only",
        (("y_hat - Y", "y_hat[:, 1] - Y[:, 1]"),),
        "Too small: one of two columns.",
        "Only the second output is counted; the sum goes over both.",
        _SSE,
    ),
    Mistake(
        "loss", "one-row-only",
        (("y_hat - Y", "y_hat[0] - Y[0]"),),
        "Right for one row.",
        "Only the first row is counted; the sum goes over all of them.",
        _SSE,
    ),
    Mistake(
        "loss", "one-row-only",
        (("y_hat - Y", "y_hat[-1] - Y[-1]"),),
        "Right for one row.",
        "Only the last row is counted: an `=` in a loop where a `+=` is "
        "needed.",
        _SSE,
    ),
    Mistake(
        "loss", "last-error-only",
        (("((y_hat - Y) ** 2).sum()", "((y_hat - Y) ** 2)[-1, -1]"),),
        "One squared error.",
        "Only the last squared error is left: an `=` in a loop where a `+=` "
        "is needed.",
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
        "loss", "square-of-row-sums",
        (("((y_hat - Y) ** 2).sum()", "((y_hat - Y).sum(1) ** 2).sum()"),),
        "Errors within a row cancel.",
        "The two errors of a row are added before squaring; square each "
        "error, then add.",
        _SSE,
    ),
    Mistake(
        "loss", "square-of-column-sums",
        (("((y_hat - Y) ** 2).sum()", "((y_hat - Y).sum(0) ** 2).sum()"),),
        "Errors within a column cancel.",
        "The errors of a column are added before squaring; square each "
        "error, then add.",
        _SSE,
    ),
    Mistake(
        "loss", "largest-only",
        ((").sum()", ").max()"),),
        "One squared error.",
        "This is the largest squared error; the loss adds them all up.",
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
        "loss", "root-taken",
        ((").sum()", ").mean().sqrt()"),),
        "Its square is the mean of the squared errors.",
        "This is the root of the mean of the squared errors; the loss is "
        "their sum, with no root.",
        _SSE,
    ),
    Mistake(
        "loss", "length-of-each-row",
        ((").sum()", ").sum(1).sqrt().sum()"),),
        "Too large or too small, row by row.",
        "A root is taken of each row's sum, which is the length of its "
        "error; the loss adds squared lengths.",
        "the three losses, chapter 2 (eq-three-losses)",
    ),
    Mistake(
        "loss", "half-taken",
        (("return ", "return 0.5 * "),),
        "Half as large as it must be.",
        "This is half the sum: some books have a factor of one half, which "
        "this one has not, and a mean over the two outputs makes the same.",
        _SSE,
    ),
    Mistake(
        "loss", "wrong-sign",
        (("return ", "return -"),),
        "Below 0.",
        "The sum has a minus sign in front; a loss grows with the errors.",
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
    Mistake(
        "loss", "one-a-row",
        ((").sum()", ").mean(1)"),),
        "One number a row.",
        "Each row has its mean; the loss is one number, the sum over all "
        "entries.",
        _SSE,
    ),
    Mistake(
        "loss", "one-a-column",
        ((").sum()", ").sum(0)"),),
        "One number for each of the two outputs.",
        "Each column has its sum; add the two up.",
        _SSE,
    ),
    Mistake(
        "loss", "one-a-column",
        ((").sum()", ").mean(0)"),),
        "One number for each of the two outputs.",
        "Each column has its mean; the loss is one number, the sum over all "
        "entries.",
        _SSE,
    ),
    Mistake(
        "loss", "twenty-rows",
        _lines(
            "L = 0.0",
            "for n in range(20):",
            "    L = L + ((y_hat[n] - Y[n]) ** 2).sum()",
            "return L",
            given="y_hat, Y",
        ),
        "Right for twenty rows, and raises for fewer.",
        "The number of rows is fixed at twenty; take it from the batch, "
        "`len(Y)`.",
        _SSE,
    ),
    Mistake(
        "best_constant", "share-of-zeros",
        (("Y.mean(0)", "1 - Y.mean(0)"),),
        "The two shares add up to 1 with the right ones.",
        "This is the share of zeros. The labels are 1 for yes, and the best "
        "constant is the mean of them, the share of ones.",
        _SHARE,
    ),
    Mistake(
        "best_constant", "order-of-results",
        (("Y.mean(0)", "Y.mean(0).flip(0)"),),
        "The two numbers have changed places.",
        "The numbers are right and in the wrong order: first the one for the "
        "first column.",
        _SHARE,
    ),
    Mistake(
        "best_constant", "majority-for-share",
        (("Y.mean(0)", "(Y.mean(0) > 0.5).float()"),),
        "Zeros and ones.",
        "You answer with the more frequent label. That makes most answers "
        "right, but each wrong one costs 1, and a number in between costs "
        "less.",
        _SHARE,
    ),
    Mistake(
        "best_constant", "majority-for-share",
        (("Y.mean(0)", "(Y.mean(0) >= 0.5).float()"),),
        "Zeros and ones.",
        "You answer with the more frequent label. That makes most answers "
        "right, but each wrong one costs 1, and a number in between costs "
        "less.",
        _SHARE,
    ),
    Mistake(
        "best_constant", "majority-for-share",
        (("Y.mean(0)", "Y.quantile(0.5, dim=0)"),),
        "Zeros and ones, or a half for a tie.",
        "The median makes the sum of the sizes of the errors smallest; for "
        "squares it is the mean.",
        _SHARE,
    ),
    Mistake(
        "best_constant", "root-taken",
        (("Y.mean(0)", "Y.mean(0).sqrt()"),),
        "Too large.",
        "A square root is taken; the share itself is the answer.",
        _SHARE,
    ),
    Mistake(
        "best_constant", "squared",
        (("Y.mean(0)", "Y.mean(0) ** 2"),),
        "Too small.",
        "The share is squared; the share itself is the answer.",
        _SHARE,
    ),
    Mistake(
        "best_constant", "sigmoid-of-share",
        (("Y.mean(0)", "torch.sigmoid(Y.mean(0))"),),
        "Between 0.5 and 0.73.",
        "A sigmoid is taken; the share is the answer itself and no logit.",
        _SHARE,
    ),
    Mistake(
        "best_constant", "logit-of-share",
        (("Y.mean(0)", "torch.logit(Y.mean(0))"),),
        "Infinite where all labels are alike.",
        "This is the logit of the answer; the answer itself is the share.",
        _SHARE,
    ),
    Mistake(
        "best_constant", "cost-for-constant",
        (("Y.mean(0)", "((Y - Y.mean(0)) ** 2).sum(0)"),),
        "What the best constant costs.",
        "This is what the best constant costs; the constant itself is asked "
        "for.",
        _SHARE,
    ),
    Mistake(
        "best_constant", "cost-for-constant",
        (("Y.mean(0)", "((Y - Y.mean(0)) ** 2).mean(0)"),),
        "What the best constant costs, a row.",
        "This is what the best constant costs, averaged over the rows; the "
        "constant itself is asked for.",
        _SHARE,
    ),
    Mistake(
        "best_constant", "spread-for-mean",
        (("Y.mean(0)", "Y.std(0, correction=0)"),),
        "The standard deviation.",
        "This is the standard deviation, which says how far the labels lie "
        "from the best constant; asked is the constant.",
        _SHARE,
    ),
    Mistake(
        "best_constant", "spread-for-mean",
        (("Y.mean(0)",
          "(((Y - Y.mean(0)) ** 2).sum(0) / (len(Y) - 1)).sqrt()"),),
        "The standard deviation, NaN for one row.",
        "This is the standard deviation, which says how far the labels lie "
        "from the best constant; asked is the constant.",
        _SHARE,
    ),
    Mistake(
        "best_constant", "cost-for-constant",
        (("Y.mean(0)",
          "(((Y - Y.mean(0)) ** 2).sum(0) / (len(Y) - 1))"),),
        "The variance of the labels.",
        "This is the variance, close to what the best constant costs a row; "
        "the constant itself is asked for.",
        _SHARE,
    ),
    Mistake(
        "best_constant", "one-half",
        (("Y.mean(0)", "torch.full((2,), 0.5)"),),
        "Right for as many ones as zeros.",
        "One half costs a quarter an answer, whatever the labels; with more "
        "ones than zeros a larger number costs less.",
        _SHARE,
    ),
    Mistake(
        "best_constant", "odds-for-share",
        (("Y.mean(0)", "Y.sum(0) / (1 - Y).sum(0)"),),
        "Above 1 where most labels are 1.",
        "Ones are divided by zeros, which gives the odds; divide by the "
        "number of rows.",
        _SHARE,
    ),
    Mistake(
        "best_constant", "one-for-both",
        (("Y.mean(0)", "Y.mean()"),),
        "One number.",
        "This is the share of ones in the whole table. Each column has a "
        "constant of its own: take the mean over the rows only.",
        _SHARE,
    ),
    Mistake(
        "best_constant", "one-for-both",
        (("Y.mean(0)", "Y.mean().expand(2)"),),
        "Twice the same number.",
        "This is the share of ones in the whole table. Each column has a "
        "constant of its own: take the mean over the rows only.",
        _SHARE,
    ),
    Mistake(
        "best_constant", "one-column-only",
        (("Y.mean(0)", "Y[:, 0].mean()"),),
        "One number.",
        "This is the constant of the first column alone; the second has one, "
        "too.",
        _SHARE,
    ),
    Mistake(
        "best_constant", "wrong-axis",
        (("Y.mean(0)", "Y.mean(1)"),),
        "One number a row.",
        "The mean is taken over the two labels of a row; take it over the "
        "rows, the first axis, 0.",
        _SHARE,
    ),
    Mistake(
        "best_constant", "not-divided",
        (("Y.mean(0)", "Y.sum(0)"),),
        "Whole numbers.",
        "This counts the ones; divide by the number of rows.",
        _SHARE,
    ),
    Mistake(
        "best_constant", "divided-by-entries",
        (("Y.mean(0)", "Y.sum(0) / Y.numel()"),),
        "Half as large as it must be.",
        "The ones of a column are divided by the number of all entries, 2N; "
        "a column has N.",
        _SHARE,
    ),
    Mistake(
        "best_constant", "one-less",
        (("Y.mean(0)", "Y.sum(0) / (len(Y) - 1)"),),
        "A little too large.",
        "The ones are divided by N - 1, as for a variance; divide by N.",
        _SHARE,
    ),
    Mistake(
        "best_constant", "twenty-rows",
        (("Y.mean(0)", "Y.sum(0) / 20"),),
        "Right for twenty rows.",
        "The number of rows is fixed at twenty; take it from the labels, "
        "`len(Y)`.",
        _SHARE,
    ),
    Mistake(
        "best_constant", "one-for-each-row",
        (("Y.mean(0)", "Y.mean(0).expand_as(Y)"),),
        "A table with the same two numbers in every row.",
        "The right pair is repeated for every row; the two numbers alone are "
        "asked for.",
        _SHARE,
    ),
    Mistake(
        "broadcast", "order-of-results",
        (("return wrong, right", "return right, wrong"),),
        "The two have changed places.",
        "The two numbers have changed places: the mean over all pairs is the "
        "wrong one.",
        _AXES,
    ),
    Mistake(
        "broadcast", "no-broadcast",
        (("y_hat[:, :1] - Y[:, 0]", "y_hat[:, 0] - Y[:, 0]"),),
        "Both numbers are equal.",
        "wrong_mean is right here: to repeat the mistake, the outputs have "
        "to be a column, `y_hat[:, :1]`, and the labels a row, `Y[:, 0]`.",
        _AXES,
    ),
    Mistake(
        "broadcast", "broadcast-in-both",
        (("y_hat[:, 0] - Y[:, 0]", "y_hat[:, :1] - Y[:, 0]"),),
        "Both numbers are equal.",
        "right_mean has the mistake, too: outputs and labels must have the "
        "same shape, as `y_hat[:, 0]` and `Y[:, 0]` have.",
        _AXES,
    ),
    Mistake(
        "broadcast", "both-outputs",
        (("y_hat[:, 0] - Y[:, 0]", "y_hat - Y"),),
        "The mean over all entries.",
        "right_mean is taken over both outputs; wrong_mean is about the "
        "first alone, so compare it with the first alone.",
        _AXES,
    ),
    Mistake(
        "broadcast", "second-output",
        (("y_hat[:, :1] - Y[:, 0]", "y_hat[:, 1:] - Y[:, 1]"),
         ("y_hat[:, 0] - Y[:, 0]", "y_hat[:, 1] - Y[:, 1]")),
        "Near the right numbers, for another question.",
        "Both numbers are about the second output; take the first, column 0.",
        _AXES,
    ),
    Mistake(
        "broadcast", "second-output",
        (("y_hat[:, :1] - Y[:, 0]", "y_hat[:, 1:] - Y[:, 1]"),),
        "Near the right numbers, for another question.",
        "wrong_mean is about the second output; take the first, column 0.",
        _AXES,
    ),
    Mistake(
        "broadcast", "second-output",
        (("y_hat[:, 0] - Y[:, 0]", "y_hat[:, 1] - Y[:, 1]"),),
        "Near the right numbers, for another question.",
        "right_mean is about the second output; take the first, column 0.",
        _AXES,
    ),
    Mistake(
        "broadcast", "labels-of-the-other-output",
        (("y_hat[:, :1] - Y[:, 0]", "y_hat[:, :1] - Y[:, 1]"),
         ("y_hat[:, 0] - Y[:, 0]", "y_hat[:, 0] - Y[:, 1]")),
        "Outputs of one question against labels of the other.",
        "The first output is compared with the labels of the second "
        "question; both have to be column 0.",
        _AXES,
    ),
    Mistake(
        "broadcast", "sum-for-mean",
        (("((y_hat[:, :1] - Y[:, 0]) ** 2).mean()",
          "((y_hat[:, :1] - Y[:, 0]) ** 2).sum()"),
         ("((y_hat[:, 0] - Y[:, 0]) ** 2).mean()",
          "((y_hat[:, 0] - Y[:, 0]) ** 2).sum()")),
        "Too large by the number of entries.",
        "A sum is taken for both numbers; the exercise asks for the mean "
        "over all entries, which is what hides the mistake.",
        _AXES,
    ),
    Mistake(
        "broadcast", "sum-for-mean",
        (("((y_hat[:, :1] - Y[:, 0]) ** 2).mean()",
          "((y_hat[:, :1] - Y[:, 0]) ** 2).sum()"),),
        "Too large by the number of entries.",
        "A sum is taken for wrong_mean; the exercise asks for the mean over "
        "all entries, which is what hides the mistake.",
        _AXES,
    ),
    Mistake(
        "broadcast", "sum-for-mean",
        (("((y_hat[:, 0] - Y[:, 0]) ** 2).mean()",
          "((y_hat[:, 0] - Y[:, 0]) ** 2).sum()"),),
        "Too large by the number of entries.",
        "A sum is taken for right_mean; the exercise asks for the mean over "
        "all entries, which is what hides the mistake.",
        _AXES,
    ),
    Mistake(
        "broadcast", "mean-over-rows",
        (("((y_hat[:, :1] - Y[:, 0]) ** 2).mean()",
          "((y_hat[:, :1] - Y[:, 0]) ** 2).sum(1).mean()"),),
        "Twenty times too large.",
        "wrong_mean adds up the twenty entries of a row before the mean; "
        "take the mean over all entries.",
        _AXES,
    ),
    Mistake(
        "broadcast", "not-squared",
        (("((y_hat[:, :1] - Y[:, 0]) ** 2).mean()",
          "(y_hat[:, :1] - Y[:, 0]).mean()"),
         ("((y_hat[:, 0] - Y[:, 0]) ** 2).mean()",
          "(y_hat[:, 0] - Y[:, 0]).mean()")),
        "Both numbers are equal.",
        "The errors are averaged without being squared, so they cancel.",
        _AXES,
    ),
    Mistake(
        "broadcast", "absolute-for-square",
        (("((y_hat[:, :1] - Y[:, 0]) ** 2).mean()",
          "(y_hat[:, :1] - Y[:, 0]).abs().mean()"),
         ("((y_hat[:, 0] - Y[:, 0]) ** 2).mean()",
          "(y_hat[:, 0] - Y[:, 0]).abs().mean()")),
        "Too large.",
        "The errors are averaged by size; they have to be squared.",
        _AXES,
    ),
    Mistake(
        "broadcast", "root-taken",
        (("((y_hat[:, :1] - Y[:, 0]) ** 2).mean()",
          "((y_hat[:, :1] - Y[:, 0]) ** 2).mean().sqrt()"),
         ("((y_hat[:, 0] - Y[:, 0]) ** 2).mean()",
          "((y_hat[:, 0] - Y[:, 0]) ** 2).mean().sqrt()")),
        "Their squares are right.",
        "A square root is taken of the means.",
        _AXES,
    ),
    Mistake(
        "broadcast", "half-taken",
        (("((y_hat[:, :1] - Y[:, 0]) ** 2).mean()",
          "((y_hat[:, :1] - Y[:, 0]) ** 2).mean() / 2"),
         ("((y_hat[:, 0] - Y[:, 0]) ** 2).mean()",
          "((y_hat[:, 0] - Y[:, 0]) ** 2).mean() / 2")),
        "Half as large as they must be.",
        "There is a factor of one half, or a mean over two columns too many.",
        _AXES,
    ),
    Mistake(
        "broadcast", "logits-for-outputs",
        (("y_hat[:, :1] - Y[:, 0]", "y_hat[:, :1].logit() - Y[:, 0]"),
         ("y_hat[:, 0] - Y[:, 0]", "y_hat[:, 0].logit() - Y[:, 0]")),
        "About errors of logits.",
        "The labels are compared with the logits z2; compare them with "
        "y_hat.",
        _AXES,
    ),
    Mistake(
        "broadcast", "not-averaged",
        (("((y_hat[:, :1] - Y[:, 0]) ** 2).mean()",
          "(y_hat[:, :1] - Y[:, 0]) ** 2"),
         ("((y_hat[:, 0] - Y[:, 0]) ** 2).mean()",
          "(y_hat[:, 0] - Y[:, 0]) ** 2")),
        "Tables, not numbers.",
        "The squares are there and not averaged.",
        _AXES,
    ),
    Mistake(
        "broadcast", "too-coarse",
        (("return wrong, right",
          "return wrong.round(decimals=2), right.round(decimals=2)"),),
        "Both numbers are equal.",
        "With two decimals the numbers can't be told apart; give the numbers "
        "that the cell computes.",
        _AXES,
    ),
    Mistake(
        "row", "another-row",
        _lines("return forward(X, params).y_hat[0]"),
        "Right for the first row.",
        "These are the outputs for the first row, which Python calls `X[0]`; "
        "the second is `X[1]`.",
        _Z1,
    ),
    Mistake(
        "row", "another-row",
        _lines("return forward(X, params).y_hat[2]"),
        "Right for the third row.",
        "These are the outputs for the third row, which Python calls `X[2]`; "
        "the second is `X[1]`.",
        _Z1,
    ),
    Mistake(
        "row", "logits-for-outputs",
        _lines("return forward(X, params).z2[1]"),
        "The numbers before the sigmoid.",
        "These are z2, the logits: each still goes through the sigmoid.",
        _Y_HAT,
    ),
    Mistake(
        "row", "stops-at-the-hidden-layer",
        _lines("return forward(X, params).h[1]"),
        "Four numbers.",
        "These are the four hidden values; the two outputs are made from "
        "them.",
        _Z2,
    ),
    Mistake(
        "row", "stops-at-the-hidden-layer",
        _lines("return forward(X, params).z1[1]"),
        "Four numbers, one of them negative.",
        "These are the four z1, before the relu; the two outputs are made "
        "from them.",
        _Z2,
    ),
    Mistake(
        "row", "labels-for-outputs",
        _lines("return forward(X, params).y_hat[1].round()"),
        "Zeros and ones.",
        "The outputs are rounded to labels; three decimals are asked for.",
        _Y_HAT,
    ),
    Mistake(
        "row", "labels-for-outputs",
        _lines("return torch.zeros(2)"),
        "Zeros.",
        "These are the labels of the point; its outputs are what the network "
        "says.",
        _Y_HAT,
    ),
    Mistake(
        "row", "too-coarse",
        _lines("return forward(X, params).y_hat[1].round(decimals=1)"),
        "Right to one decimal.",
        "With one decimal two rows of this network can look the same; three "
        "are asked for.",
        _Y_HAT,
    ),
    Mistake(
        "row", "too-coarse",
        _lines("return forward(X, params).y_hat[1].round(decimals=2)"),
        "Right to two decimals.",
        "With two decimals two rows of this network can look the same; three "
        "are asked for.",
        _Y_HAT,
    ),
    Mistake(
        "row", "too-coarse",
        _lines("return (forward(X, params).y_hat[1] * 100).floor() / 100"),
        "Right to two decimals, cut off.",
        "With two decimals two rows of this network can look the same; three "
        "are asked for.",
        _Y_HAT,
    ),
    Mistake(
        "row", "percent",
        _lines("return forward(X, params).y_hat[1] * 100"),
        "A hundred times too large.",
        "These are percents; an output is a number between 0 and 1.",
        _Y_HAT,
    ),
    Mistake(
        "row", "order-of-results",
        _lines("return forward(X, params).y_hat[1].flip(0)"),
        "The two have changed places.",
        "The two outputs have changed places: the first column of W2 makes "
        "the first.",
        _Z2,
    ),
    Mistake(
        "row", "weights-read-across",
        _lines(
            "W1, b1, W2, b2 = params",
            "h = torch.relu(X[1] @ W1.reshape(4, 3).T + b1)",
            "return torch.sigmoid(h @ W2.reshape(2, 4).T + b2)",
        ),
        "All numbers off.",
        "The weights are read along the rows of W1 and W2; a unit's weights "
        "are a column.",
        _Z1,
    ),
    Mistake(
        "row", "weights-read-across",
        _lines(
            "h = forward(X, params).h[1]",
            "return torch.sigmoid(params.W2.reshape(2, 4) @ h + params.b2)",
        ),
        "All numbers off.",
        "The weights are read along the rows of W2; an output's weights are "
        "a column.",
        _Z2,
    ),
    Mistake(
        "row", "sign-lost",
        (("X @", "X.abs() @"),),
        "As if no coordinate were negative.",
        "A minus sign is lost: the first coordinate is negative.",
        _Z1,
    ),
    Mistake(
        "row", "sign-lost",
        (("@ params.W1", "@ params.W1.abs()"),),
        "As if no weight were negative.",
        "The minus signs of W1 are lost.",
        _Z1,
    ),
    Mistake(
        "row", "sign-lost",
        (("@ params.W2", "@ params.W2.abs()"),),
        "As if no weight were negative.",
        "The minus signs of W2 are lost.",
        _Z2,
    ),
    Mistake(
        "row", "sign-lost",
        (("+ params.b1", "+ params.b1.abs()"),),
        "Too large where b1 is negative.",
        "A minus sign of b1 is lost.",
        _Z1,
    ),
]

# Made with a pencil, these mistakes look the same.
MISTAKES += [
    m._replace(exercise="row") for m in MISTAKES
    if m.exercise == "forward" and m.code in (
        "no-relu", "sigmoid-for-relu", "relu-upside-down",
        "step-for-relu", "relu-on-the-inputs", "tanh-for-sigmoid",
        "softmax-for-sigmoid", "sigmoid-twice", "sigmoid-upside-down",
        "sigmoid-without-one", "no-hidden-bias", "no-output-bias",
        "bias-after-relu", "bias-subtracted",
    )
]
