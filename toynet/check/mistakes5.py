"""The catalogue of mistakes of chapter 5, modules."""

from toynet.check.mistake import Mistake

_Y_HAT = "y_hat = σ(z2), chapter 2 (eq-y_hat)"
_H = "h = relu(z1), chapter 2 (eq-h)"

MISTAKES = []

_COUNT = "(m + 1) n for each layer, chapter 5 (eq-count)"
_LINEAR = "z = X Aᵀ + b, with A = Wᵀ, chapter 5 (eq-linear)"
_LIST = "chapter 5, \"Who keeps the list?\""
_CALL = "chapter 5, \"Why do we call the module and not forward?\""
_VIEW = "chapter 5, \"Can the module be our network?\""
_MEAN = "each part is over its own 2N, chapter 5 (eq-mean-gradient)"


def _chain(term):
    """Source of a count that adds `term` for each layer from m to n."""
    return (
        "def wrong(widths):\n"
        "    pairs = list(zip(widths, widths[1:], strict=False))\n"
        f"    return sum({term} for m, n in pairs)\n")


def _module(made, passed, before="", plain=False):
    """Source of a module from lines of its `__init__` and its `forward`."""
    lines = [] if plain else ["super().__init__()"]
    init = "".join(f"        {x}\n" for x in [*lines, *made])
    body = "".join(f"        {x}\n" for x in passed)
    return (
        f"{before}class Wrong(nn.Module):\n    def __init__(self):\n{init}"
        f"\n    def forward(self, X):\n{body}")


_MADE = (
    "self.first = nn.Linear(3, 4)",
    "self.second = nn.Linear(4, 2)",
)
_PASSED = (
    "h = torch.relu(self.first(X))",
    "return torch.sigmoid(self.second(h))",
)

MISTAKES += [
    Mistake(
        "count", "biases-forgotten", _chain("m * n"),
        "Too small by the number of units.",
        "Each layer has a bias for each of its units, and they are missing.",
        _COUNT,
    ),
    Mistake(
        "count", "one-bias-a-layer", _chain("m * n + 1"),
        "Too small, except for layers of one unit.",
        "A layer has a bias for each of its units, not one for all.",
        _COUNT,
    ),
    Mistake(
        "count", "one-bias-a-layer", _chain("m * n").replace(
            "pairs)", "pairs) + len(widths)"),
        "Too small, except for layers of one unit.",
        "One bias is counted for each width; a layer has a bias for each of "
        "its units, and the inputs have none.",
        _COUNT,
    ),
    Mistake(
        "count", "all-pairs",
        "def wrong(widths):\n"
        "    pairs = torch.combinations(torch.tensor(widths))\n"
        "    return pairs.prod(1).sum() + sum(widths[1:])\n",
        "Right for one layer, too large for more.",
        "Every width is joined to every later one; only neighbours are.",
        _COUNT,
    ),
    Mistake(
        "count", "sum-for-product", _chain("m + n"),
        "Far too small.",
        "The two widths are added; each unit has a weight for each input, "
        "which makes a product.",
        _COUNT,
    ),
    Mistake(
        "count", "sum-for-product", _chain("m + 1"),
        "Far too small.",
        "This is one unit of each layer, its weights and its bias; multiply "
        "by the number of units.",
        _COUNT,
    ),
    Mistake(
        "count", "biases-of-the-inputs", _chain("m * (n + 1)"),
        "Right where a layer is as wide as the one before.",
        "The biases are counted by the width in front of the layer; there "
        "is one for each unit of the layer itself.",
        _COUNT,
    ),
    Mistake(
        "count", "biases-on-both-sides", _chain("(m + 1) * (n + 1)"),
        "Too large by a row or a column a layer.",
        "Both widths are raised by one; only the inputs are, for the bias.",
        _COUNT,
    ),
    Mistake(
        "count", "biases-on-both-sides", _chain("m * n + m + n"),
        "Too large by the inputs of each layer.",
        "Biases are counted for the inputs of each layer as well; only the "
        "units of the layer have one.",
        _COUNT,
    ),
    Mistake(
        "count", "inputs-have-biases", _chain("m * n").replace(
            "pairs)", "pairs) + sum(widths)"),
        "Too large by the first width.",
        "The inputs are counted as units with a bias; they are what comes "
        "in, and have none.",
        _COUNT,
    ),
    Mistake(
        "count", "output-has-no-biases", _chain("m * n").replace(
            "pairs)", "pairs) + sum(widths[1:-1])"),
        "Too small by the last width.",
        "The last layer has biases, too.",
        _COUNT,
    ),
    Mistake(
        "count", "one-layer-only",
        "def wrong(widths):\n    return (widths[0] + 1) * widths[1]\n",
        "Right for a single layer.",
        "Only the first layer is counted: a `return` inside the loop ends "
        "it.",
        _COUNT,
    ),
    Mistake(
        "count", "one-layer-only",
        "def wrong(widths):\n    return (widths[-2] + 1) * widths[-1]\n",
        "Right for a single layer.",
        "Only the last layer is counted: an `=` in a loop where a `+=` is "
        "needed.",
        _COUNT,
    ),
    Mistake(
        "count", "a-layer-left-out",
        _chain("(m + 1) * n").replace("in pairs", "in pairs[:-1]"),
        "Too small; 0 for a single layer.",
        "The last layer is left out: of k widths, k - 1 pairs are layers.",
        _COUNT,
    ),
    Mistake(
        "count", "a-layer-left-out",
        _chain("(m + 1) * n").replace("in pairs", "in pairs[1:]"),
        "Too small; 0 for a single layer.",
        "The first layer is left out: it begins with the inputs.",
        _COUNT,
    ),
    Mistake(
        "count", "units-for-numbers",
        "def wrong(widths):\n    return sum(widths)\n",
        "Far too small.",
        "These are the units; what is asked for are the numbers between "
        "them.",
        _COUNT,
    ),
    Mistake(
        "count", "units-for-numbers",
        "def wrong(widths):\n    return sum(widths[1:])\n",
        "Far too small.",
        "These are the biases alone; each unit has weights as well.",
        _COUNT,
    ),
    Mistake(
        "count", "product-of-widths",
        "def wrong(widths):\n    return math.prod(widths)\n",
        "Far too large for a long chain.",
        "All widths are multiplied; only neighbours are joined by weights.",
        _COUNT,
    ),
    Mistake(
        "count", "list-for-sum",
        "def wrong(widths):\n"
        "    pairs = zip(widths, widths[1:], strict=False)\n"
        "    return torch.tensor([(m + 1) * n for m, n in pairs])\n",
        "One number a layer.",
        "Each layer has its number; add them up.",
        _COUNT,
    ),
    Mistake(
        "model", "rounded-to-labels",
        (("torch.sigmoid(self.output(h))", "(self.output(h) > 0).float()"),),
        "Only zeros and ones.",
        "The outputs are rounded to labels. y_hat is the number before that.",
        _Y_HAT,
    ),
    Mistake(
        "model", "no-output-sigmoid",
        (("torch.sigmoid(self.output(h))", "self.output(h)"),),
        "Outputs below 0 and above 1.",
        "The sigmoid at the end is missing: what comes out are the logits.",
        _Y_HAT,
    ),
    Mistake(
        "model", "no-relu",
        (("torch.relu(self.hidden(X))", "self.hidden(X)"),),
        "Plausible outputs; right for rows whose z1 are all positive.",
        "The hidden layer has no relu, so two linear maps make one.",
        _H,
    ),
    Mistake(
        "model", "sigmoid-for-relu",
        (("torch.relu(self.hidden(X))", "torch.sigmoid(self.hidden(X))"),),
        "Plausible outputs, all of them off.",
        "The hidden layer uses the sigmoid; here it is the relu.",
        _H,
    ),
    *(Mistake(
        "model", "another-relu",
        (("torch.relu(self.hidden(X))", f"{other}(self.hidden(X))"),),
        "Plausible outputs, some of them off.",
        f"The hidden layer uses `{other}`; here it is the plain relu.",
        _H,
    ) for other in (
        "torch.tanh", "nn.functional.leaky_relu", "nn.functional.gelu",
        "nn.functional.relu6", "nn.functional.elu", "nn.functional.silu",
        "nn.functional.softplus", "torch.abs",
    )),
    *(Mistake(
        "model", "another-sigmoid",
        (("torch.sigmoid(self.output(h))", f"{other}(self.output(h))"),),
        "Outputs off, or outside of 0 to 1.",
        f"The output layer uses `{other}`; here it is the plain sigmoid.",
        _Y_HAT,
    ) for other in (
        "torch.tanh", "nn.functional.hardsigmoid", "nn.functional.logsigmoid",
    )),
    Mistake(
        "model", "another-sigmoid",
        (("torch.sigmoid(self.output(h))",
          "torch.log_softmax(self.output(h), 1)"),),
        "Outputs below 0.",
        "The output layer ends in the logarithm of a softmax; each output "
        "has a sigmoid of its own.",
        _Y_HAT,
    ),
    Mistake(
        "model", "relu-at-the-end",
        (("torch.sigmoid(self.output(h))",
          "torch.sigmoid(torch.relu(self.output(h)))"),),
        "No output below one half.",
        "The logits go through relu as well: only the hidden layer has one.",
        _Y_HAT,
    ),
    Mistake(
        "model", "relu-at-the-end",
        (("torch.sigmoid(self.output(h))", "torch.relu(self.output(h))"),),
        "No output below 0, some above 1.",
        "The output layer ends in relu; it has the sigmoid.",
        _Y_HAT,
    ),
    Mistake(
        "model", "activations-swapped",
        (("torch.relu(self.hidden(X))", "torch.sigmoid(self.hidden(X))"),
         ("torch.sigmoid(self.output(h))", "torch.relu(self.output(h))")),
        "No output below 0, some above 1.",
        "The sigmoid and the relu have changed places: relu belongs to the "
        "hidden layer, the sigmoid to the output.",
        _Y_HAT,
    ),
    Mistake(
        "model", "activation-before-the-layer",
        (("torch.relu(self.hidden(X))", "self.hidden(torch.relu(X))"),),
        "Negative coordinates have no effect.",
        "relu is applied to X, before the layer; apply it to what comes "
        "out.",
        _H,
    ),
    Mistake(
        "model", "activation-before-the-layer",
        (("torch.sigmoid(self.output(h))", "self.output(torch.sigmoid(h))"),),
        "Outputs below 0 and above 1.",
        "The sigmoid is applied to h, before the layer; apply it to what "
        "comes out.",
        _Y_HAT,
    ),
    Mistake(
        "model", "softmax-for-sigmoid",
        (("torch.sigmoid(self.output(h))",
          "torch.softmax(self.output(h), 1)"),),
        "The two outputs of a row add up to 1.",
        "The two labels are two questions, not one with two answers: each "
        "output has a sigmoid of its own.",
        _Y_HAT,
    ),
    Mistake(
        "model", "softmax-for-sigmoid",
        (("torch.sigmoid(self.output(h))",
          "torch.softmax(self.output(h), 0)"),),
        "Each column adds up to 1.",
        "A softmax over the rows makes a point's output depend on the other "
        "points; each output has a sigmoid of its own.",
        _Y_HAT,
    ),
    Mistake(
        "model", "sigmoid-twice",
        (("torch.sigmoid(self.output(h))",
          "torch.sigmoid(torch.sigmoid(self.output(h)))"),),
        "All outputs between 0.5 and 0.73.",
        "The sigmoid is taken twice.",
        _Y_HAT,
    ),
    Mistake(
        "model", "sigmoid-turned-round",
        (("torch.sigmoid(self.output(h))", "torch.sigmoid(-self.output(h))"),),
        "Each output is 1 minus what it should be.",
        "The sigmoid falls where it should rise: z2 goes in with its own "
        "sign, and what comes out is not taken from 1.",
        _Y_HAT,
    ),
    Mistake(
        "model", "outputs-swapped",
        (("torch.sigmoid(self.output(h))",
          "torch.sigmoid(self.output(h)).flip(1)"),),
        "The two columns are exchanged.",
        "The two outputs of a row come in the wrong order.",
        _Y_HAT,
    ),
    Mistake(
        "model", "bias-not-added",
        (("self.hidden(X)", "X @ self.hidden.weight.T"),),
        "Right where b1 is 0.",
        "The hidden layer's bias is registered and not added.",
        "z1 = X @ W1 + b1, chapter 2 (eq-z1)",
    ),
    Mistake(
        "model", "bias-not-added",
        (("self.output(h)", "h @ self.output.weight.T"),),
        "Right where b2 is 0.",
        "The output layer's bias is registered and not added.",
        "z2 = h @ W2 + b2, chapter 2 (eq-z2)",
    ),
    Mistake(
        "model", "bias-added-twice",
        (("self.hidden(X)", "self.hidden(X) + self.hidden.bias"),),
        "Right where b1 is 0.",
        "The hidden layer's bias is added twice: `nn.Linear` adds it itself.",
        _LINEAR,
    ),
    Mistake(
        "model", "bias-added-twice",
        (("self.output(h)", "self.output(h) + self.output.bias"),),
        "Right where b2 is 0.",
        "The output layer's bias is added twice: `nn.Linear` adds it itself.",
        _LINEAR,
    ),
    Mistake(
        "model", "reshape-for-transpose",
        (("self.hidden(X)",
          "X @ self.hidden.weight.reshape(3, -1) + self.hidden.bias"),),
        "The shapes fit, the outputs are off.",
        "The hidden weights are reshaped where they have to be transposed: "
        "that fits, and scrambles them.",
        _LINEAR,
    ),
    Mistake(
        "model", "reshape-for-transpose",
        (("self.output(h)",
          "h @ self.output.weight.reshape(-1, 2) + self.output.bias"),),
        "The shapes fit, the outputs are off.",
        "The output weights are reshaped where they have to be transposed: "
        "that fits, and scrambles them.",
        _LINEAR,
    ),
    Mistake(
        "model", "not-a-module",
        _module(_MADE, _PASSED).replace("(nn.Module)", ""),
        "Has no parameters(), and can't be called.",
        "A class built on `nn.Module` is needed: `class MyModel(nn.Module)`.",
        _LIST,
    ),
    Mistake(
        "model", "not-a-module",
        "def wrong(X):\n    return X\n",
        "Is a function of rows.",
        "A class built on `nn.Module` is needed: `class MyModel(nn.Module)`.",
        _LIST,
    ),
    Mistake(
        "model", "super-init-forgotten",
        _module(_MADE, _PASSED, plain=True),
        "AttributeError at the first assignment of a layer.",
        "`super().__init__()` has to run first, with its brackets: it makes "
        "the lists that the layers are written on.",
        _LIST,
    ),
    Mistake(
        "model", "super-init-forgotten",
        _module(["self.layers = [nn.Linear(3, 4), nn.Linear(4, 2)]"],
                ["h = self.layers[0](X).relu()",
                 "return self.layers[1](h).sigmoid()"], plain=True),
        "AttributeError when the module is called.",
        "`super().__init__()` has to run first, with its brackets: it makes "
        "the lists that the layers are written on.",
        _LIST,
    ),
    Mistake(
        "model", "needs-arguments",
        _module(_MADE, _PASSED).replace("__(self)", "__(self, sizes)"),
        "TypeError when it is built.",
        "The class can't be built without arguments. Give them defaults, "
        "such as `hidden=4`, or leave them out.",
        _LIST,
    ),
    Mistake(
        "model", "init-missing",
        _module(_MADE, _PASSED).replace("__init__(self)", "_init_(self)")
        .replace("super()._init_()", "super().__init__()"),
        "AttributeError for the first layer, when the module is called.",
        "The class has no `__init__`, with two underscores on either side, "
        "so the layers are never made.",
        _LIST,
    ),
    Mistake(
        "model", "forward-missing",
        _module(_MADE, _PASSED).replace("def forward", "def foward"),
        "NotImplementedError when it is called.",
        "A method of the name `forward` is what a module runs when it is "
        "called, and yours has none of that name.",
        _CALL,
    ),
    Mistake(
        "model", "self-forgotten",
        _module(_MADE, _PASSED).replace("(self, X)", "(X)"),
        "TypeError about the number of arguments.",
        "`forward` is called with the module and the rows: write "
        "`def forward(self, X)`, with no further arguments.",
        _CALL,
    ),
    Mistake(
        "model", "call-overridden",
        _module(_MADE, _PASSED).replace("def forward", "def __call__"),
        "The outputs are right; no hook runs.",
        "The class has a `__call__` of its own, which takes the place of "
        "the one that runs the hooks: write `forward`, and leave `__call__` "
        "to `nn.Module`.",
        _CALL,
    ),
    Mistake(
        "model", "call-overridden",
        _module(_MADE, [*_PASSED, "", "    __call__ = forward"]).replace(
            "        \n            __call__", "\n    __call__"),
        "The outputs are right; no hook runs.",
        "The class has a `__call__` of its own, which takes the place of "
        "the one that runs the hooks: write `forward`, and leave `__call__` "
        "to `nn.Module`.",
        _CALL,
    ),
    Mistake(
        "model", "plain-list",
        _module(["self.layers = [nn.Linear(3, 4), nn.Linear(4, 2)]"],
                ["h = self.layers[0](X).relu()",
                 "return self.layers[1](h).sigmoid()"]),
        "Computes, and has no parameters.",
        "Layers in a plain list, tuple or dictionary are hidden from the "
        "assignment, so they are not registered. Use `nn.ModuleList` or "
        "`nn.ModuleDict`, or an attribute for each.",
        _LIST,
    ),
    Mistake(
        "model", "plain-list",
        _module(["self.layers = {'a': nn.Linear(3, 4)}",
                 "self.last = nn.Linear(4, 2)"],
                ["h = self.layers['a'](X).relu()",
                 "return self.last(h).sigmoid()"]),
        "Computes, and has half of its parameters.",
        "Layers in a plain list, tuple or dictionary are hidden from the "
        "assignment, so they are not registered. Use `nn.ModuleList` or "
        "`nn.ModuleDict`, or an attribute for each.",
        _LIST,
    ),
    Mistake(
        "model", "plain-tensor",
        _module(["self.W1, self.b1 = torch.randn(3, 4), torch.randn(4)",
                 "self.W2, self.b2 = torch.randn(4, 2), torch.randn(2)"],
                ["h = torch.relu(X @ self.W1 + self.b1)",
                 "return torch.sigmoid(h @ self.W2 + self.b2)"]),
        "Computes, and has no parameters.",
        "A plain tensor is not registered, not even one that requires a "
        "gradient: wrap it in `nn.Parameter`.",
        _LIST,
    ),
    Mistake(
        "model", "buffer-for-parameter",
        _module(["self.register_buffer('W1', torch.randn(3, 4))",
                 "self.register_buffer('b1', torch.randn(4))", _MADE[1]],
                ["h = torch.relu(X @ self.W1 + self.b1)", _PASSED[1]]),
        "Is saved, and will not be trained.",
        "A buffer is saved with the module and not trained: make it an "
        "`nn.Parameter`.",
        _LIST,
    ),
    Mistake(
        "model", "layers-on-the-class",
        "class Wrong(nn.Module):\n"
        "    first, second = nn.Linear(3, 4), nn.Linear(4, 2)\n\n"
        "    def forward(self, X):\n"
        "        return self.second(self.first(X).relu()).sigmoid()\n",
        "Computes, and has no parameters.",
        "The layers belong to the class, where nothing is registered, and "
        "all of its modules would share them: make them in `__init__`, as "
        "attributes of `self`.",
        _LIST,
    ),
    Mistake(
        "model", "layers-in-forward",
        _module([], ["h = nn.Linear(3, 4)(X).relu()",
                     "return nn.Linear(4, 2)(h).sigmoid()"]),
        "Other outputs with each call.",
        "The layers are made in `forward`, so each call draws new numbers "
        "and none is ever trained: make them in `__init__`.",
        _LIST,
    ),
    Mistake(
        "model", "layers-in-forward",
        _module([], ["self.first = nn.Linear(3, 4)",
                     "self.second = nn.Linear(4, 2)", *_PASSED]),
        "Other outputs with each call.",
        "The layers are made in `forward`, so each call draws new numbers "
        "and none is ever trained: make them in `__init__`.",
        _LIST,
    ),
    Mistake(
        "model", "layers-outside",
        _module([], ["return second(first(X).relu()).sigmoid()"],
                "first, second = nn.Linear(3, 4), nn.Linear(4, 2)\n\n\n"),
        "Computes, and has no parameters.",
        "The numbers that `forward` uses stand outside of the module, where "
        "nothing is registered: make them in `__init__`, as attributes of "
        "`self`.",
        _LIST,
    ),
    Mistake(
        "model", "nothing-registered",
        _module(["first, second = nn.Linear(3, 4), nn.Linear(4, 2)"],
                ["return second(first(X).relu()).sigmoid()"]),
        "NameError when it is called.",
        "Nothing is registered: assign two layers to `self` in `__init__`.",
        _LIST,
    ),
    Mistake(
        "model", "sizes-swapped",
        _module(["self.first = nn.Linear(4, 3)",
                 "self.second = nn.Linear(2, 4)"], _PASSED),
        "RuntimeError about shapes that cannot be multiplied.",
        "The sizes are swapped: it is `nn.Linear(inputs, outputs)`, "
        "although the weight is kept as (out, in).",
        _LINEAR,
    ),
    Mistake(
        "model", "sizes-swapped",
        _module([_MADE[0], "self.second = nn.Linear(2, 4)"], _PASSED),
        "RuntimeError about shapes that cannot be multiplied.",
        "The sizes are swapped: it is `nn.Linear(inputs, outputs)`, "
        "although the weight is kept as (out, in).",
        _LINEAR,
    ),
    Mistake(
        "model", "hidden-width",
        _module(["self.first = nn.Linear(3, 8)",
                 "self.second = nn.Linear(8, 2)"], _PASSED),
        "Computes, with another number of parameters.",
        "The hidden layer has another width; ours has four units.",
        _COUNT,
    ),
    Mistake(
        "model", "third-layer",
        _module([*_MADE, "self.third = nn.Linear(2, 2)"],
                ["h = torch.relu(self.first(X))",
                 "return torch.sigmoid(self.third(self.second(h)))"]),
        "More than 26 numbers.",
        "There is a layer too many: the network has two, from 3 to 4 and "
        "from 4 to 2.",
        _COUNT,
    ),
    Mistake(
        "model", "too-many-numbers",
        _module([*_MADE, "self.norm = nn.BatchNorm1d(4)"],
                ["h = torch.relu(self.norm(self.first(X)))", _PASSED[1]]),
        "More than 26 numbers.",
        "More is registered than two layers need; leave out whatever is not "
        "the weights and the biases of the two.",
        _COUNT,
    ),
    Mistake(
        "model", "one-layer",
        _module(["self.first = nn.Linear(3, 2)"],
                ["return torch.sigmoid(self.first(X))"]),
        "Eight numbers.",
        "There is a layer missing: the network has two, from 3 to 4 and "
        "from 4 to 2.",
        _COUNT,
    ),
    Mistake(
        "model", "no-bias",
        _module(["self.first = nn.Linear(3, 4, bias=False)",
                 "self.second = nn.Linear(4, 2, bias=False)"], _PASSED),
        "Twenty numbers.",
        "A bias is missing: each layer has a row of them, one a unit.",
        _COUNT,
    ),
    Mistake(
        "model", "other-sizes",
        _module(["self.first = nn.Linear(2, 4)",
                 "self.second = nn.Linear(4, 1)"], _PASSED),
        "RuntimeError, or outputs of another shape.",
        "The sizes don't fit: the layers lead from 3 to 4 and from 4 to 2, "
        "each with its weights and a row of biases.",
        _COUNT,
    ),
    Mistake(
        "model", "weights-shared",
        _module(["self.first, self.second = first, second"], _PASSED,
                "first, second = nn.Linear(3, 4), nn.Linear(4, 2)\n\n\n"),
        "Training one module trains the others.",
        "Two modules of this class share their numbers, because the layers "
        "were made once, outside: make them in `__init__`.",
        _LIST,
    ),
    Mistake(
        "model", "gradient-cut",
        _module(_MADE, ["h = torch.relu(self.first(X)).detach()",
                        _PASSED[1]]),
        "Outputs right; the first layer would never be trained.",
        "The record is cut in `forward`, so gradients don't get through: no "
        "`detach`, `.data`, `no_grad` or NumPy in there.",
        "chapter 4, autograd's record (autograd)",
    ),
    Mistake(
        "model", "gradient-cut",
        _module(_MADE, ["with torch.no_grad():",
                        "    h = torch.relu(self.first(X))",
                        "    return torch.sigmoid(self.second(h))"]),
        "Outputs right; nothing would be trained.",
        "The record is cut in `forward`, so gradients don't get through: no "
        "`detach`, `.data`, `no_grad` or NumPy in there.",
        "chapter 4, autograd's record (autograd)",
    ),
    Mistake(
        "model", "gradient-cut",
        _module(_MADE, ["h = self.first(X)", "h.data.clamp_(min=0)",
                        _PASSED[1]]),
        "Outputs right, gradients without the relu's gate.",
        "The record is cut in `forward`, so gradients don't get through: no "
        "`detach`, `.data`, `no_grad` or NumPy in there.",
        "chapter 4, autograd's record (autograd)",
    ),
    Mistake(
        "model", "frozen",
        _module([*_MADE, "self.requires_grad_(False)"], _PASSED),
        "Outputs right; nothing would be trained.",
        "Parameters are registered with `requires_grad` off, so training "
        "leaves them where they are.",
        _LIST,
    ),
    Mistake(
        "model", "missing-transpose",
        _module(["self.A = nn.Parameter(torch.randn(4, 3))",
                 "self.a = nn.Parameter(torch.zeros(4))", _MADE[1]],
                ["h = torch.relu(X @ self.A + self.a)", _PASSED[1]]),
        "RuntimeError about shapes that cannot be multiplied.",
        "A weight that is kept as (out, in) is multiplied as it is: it is "
        "`X @ A.T`, or keep it as (in, out).",
        _LINEAR,
    ),
    Mistake(
        "model", "missing-transpose",
        _module([_MADE[0], "self.A = nn.Parameter(torch.randn(2, 4))",
                 "self.a = nn.Parameter(torch.zeros(2))"],
                [_PASSED[0], "return torch.sigmoid(h @ self.A + self.a)"]),
        "RuntimeError about shapes that cannot be multiplied.",
        "A weight that is kept as (out, in) is multiplied as it is: it is "
        "`X @ A.T`, or keep it as (in, out).",
        _LINEAR,
    ),
    Mistake(
        "model", "layers-reversed",
        _module(_MADE, ["h = torch.relu(self.second(X))",
                        "return torch.sigmoid(self.first(h))"]),
        "RuntimeError about shapes that cannot be multiplied.",
        "X goes into the output layer first; it has to go through the "
        "hidden one, which has three inputs.",
        _LINEAR,
    ),
    Mistake(
        "model", "layer-used-twice",
        _module(_MADE, [_PASSED[0], "h = torch.relu(self.first(h))",
                        _PASSED[1]]),
        "RuntimeError about shapes that cannot be multiplied.",
        "The hidden layer is used a second time, on what came out of it: "
        "go on with the output layer.",
        _LINEAR,
    ),
    Mistake(
        "model", "activation-not-made",
        _module(_MADE, ["h = nn.ReLU(self.first(X))", _PASSED[1]]),
        "TypeError about a ReLU where a tensor was needed.",
        "`nn.ReLU` and `nn.Sigmoid` are classes: make one first, as in "
        "`nn.ReLU()(z)`, or call the function `torch.relu(z)`.",
        _LIST,
    ),
    Mistake(
        "model", "activation-not-made",
        _module(_MADE, [_PASSED[0], "return nn.Sigmoid(self.second(h))"]),
        "TypeError about the arguments of a Sigmoid.",
        "`nn.ReLU` and `nn.Sigmoid` are classes: make one first, as in "
        "`nn.ReLU()(z)`, or call the function `torch.relu(z)`.",
        _LIST,
    ),
    Mistake(
        "model", "random-outputs",
        _module(_MADE, ["h = torch.relu(self.first(X))",
                        "h = nn.functional.dropout(h, 0.5)", _PASSED[1]]),
        "Other outputs with each call.",
        "`forward` draws random numbers: dropout, or layers that it makes "
        "anew. The same rows have to give the same outputs.",
        _Y_HAT,
    ),
    Mistake(
        "model", "random-outputs",
        _module(_MADE, ["h = nn.Linear(3, 4)(X).relu()",
                        "return nn.Linear(4, 2)(h).sigmoid()"]),
        "Other outputs with each call, 26 numbers that nobody uses.",
        "`forward` draws random numbers: dropout, or layers that it makes "
        "anew. The same rows have to give the same outputs.",
        _Y_HAT,
    ),
    Mistake(
        "model", "numbers-changed",
        _module(_MADE, ["nn.init.ones_(self.first.weight)", *_PASSED]),
        "What is loaded is forgotten.",
        "`forward` changes the module's own numbers. Starting values belong "
        "into `__init__`; `forward` only reads.",
        _LIST,
    ),
    Mistake(
        "model", "rows-mixed",
        _module(_MADE, ["X = (X - X.mean(0)) / 2", *_PASSED]),
        "A row's output depends on the rows beside it.",
        "A row by itself gives another output than among others: nothing in "
        "the network may be taken over the rows.",
        _Y_HAT,
    ),
    Mistake(
        "shared", "a-copy",
        "def wrong(model):\n"
        "    layers = model.hidden, model.output\n"
        "    return [t.detach().clone() for layer in layers\n"
        "            for t in (layer.weight.T, layer.bias)]\n",
        "Stays behind when the module moves.",
        "A copy stays where it was when the module moves. This exercise "
        "wants the module's own memory, without the clone.",
        _VIEW,
    ),
    Mistake(
        "shared", "weights-copied",
        "def wrong(model):\n"
        "    layers = model.hidden, model.output\n"
        "    return [t.detach().contiguous() for layer in layers\n"
        "            for t in (layer.weight.T, layer.bias)]\n",
        "The biases move along, the weights don't.",
        "The weights are copies: `contiguous` and `reshape` copy a "
        "transpose, and so does arithmetic. Leave it a view.",
        _VIEW,
    ),
    Mistake(
        "shared", "biases-copied",
        "def wrong(model):\n"
        "    h, o = model.hidden, model.output\n"
        "    return (h.weight.T.detach(), h.bias.detach().clone(),\n"
        "            o.weight.T.detach(), o.bias.detach().clone())\n",
        "The weights move along, the biases don't.",
        "The biases are copies; they have to be views as well.",
        _VIEW,
    ),
    Mistake(
        "shared", "missing-transpose",
        "def wrong(model):\n"
        "    h, o = model.hidden, model.output\n"
        "    return (h.weight.detach(), h.bias.detach(),\n"
        "            o.weight.detach(), o.bias.detach())\n",
        "W1 and W2 have the shapes of the layers' weights.",
        "`nn.Linear` keeps its weight as (out, in); W1 and W2 are its "
        "transpose.",
        _LINEAR,
    ),
    Mistake(
        "shared", "missing-transpose",
        "def wrong(model):\n"
        "    h, o = model.hidden, model.output\n"
        "    return (h.weight.detach(), h.bias.detach(),\n"
        "            o.weight.T.detach(), o.bias.detach())\n",
        "W1 has the shape of the layer's weight.",
        "`nn.Linear` keeps its weight as (out, in); W1 is its transpose.",
        _LINEAR,
    ),
    Mistake(
        "shared", "missing-transpose",
        "def wrong(model):\n"
        "    h, o = model.hidden, model.output\n"
        "    return (h.weight.T.detach(), h.bias.detach(),\n"
        "            o.weight.detach(), o.bias.detach())\n",
        "W2 has the shape of the layer's weight.",
        "`nn.Linear` keeps its weight as (out, in); W2 is its transpose.",
        _LINEAR,
    ),
    Mistake(
        "shared", "reshape-for-transpose",
        "def wrong(model):\n"
        "    h, o = model.hidden, model.output\n"
        "    return (h.weight.view(3, -1).detach(), h.bias.detach(),\n"
        "            o.weight.view(-1, 2).detach(), o.bias.detach())\n",
        "The shapes fit, the numbers are in other places.",
        "The weights are reshaped where they have to be transposed: that "
        "fits, and scrambles them.",
        _LINEAR,
    ),
    Mistake(
        "shared", "order-of-results",
        "def wrong(model):\n"
        "    h, o = model.hidden, model.output\n"
        "    return (h.weight.T.detach(), o.weight.T.detach(),\n"
        "            h.bias.detach(), o.bias.detach())\n",
        "Weights first, then biases.",
        "The four are there, in another order than W1, b1, W2, b2.",
        _LINEAR,
    ),
    Mistake(
        "shared", "order-of-results",
        "def wrong(model):\n"
        "    h, o = model.hidden, model.output\n"
        "    return (o.weight.T.detach(), o.bias.detach(),\n"
        "            h.weight.T.detach(), h.bias.detach())\n",
        "The output layer first.",
        "The four are there, in another order than W1, b1, W2, b2.",
        _LINEAR,
    ),
    Mistake(
        "shared", "order-of-results",
        "def wrong(model):\n"
        "    h, o = model.hidden, model.output\n"
        "    return (h.bias.detach(), h.weight.T.detach(),\n"
        "            o.bias.detach(), o.weight.T.detach())\n",
        "Biases before weights.",
        "The four are there, in another order than W1, b1, W2, b2.",
        _LINEAR,
    ),
    Mistake(
        "shared", "still-on-the-record",
        "def wrong(model):\n"
        "    h, o = model.hidden, model.output\n"
        "    return h.weight.T, h.bias, o.weight.T, o.bias\n",
        "The numbers are right, and require a gradient.",
        "Without `detach` they belong to autograd's record, and steps of "
        "whoever uses them would be recorded.",
        _VIEW,
    ),
    Mistake(
        "shared", "module-changed",
        "def wrong(model):\n"
        "    model.requires_grad_(False)\n"
        "    h, o = model.hidden, model.output\n"
        "    return h.weight.T, h.bias, o.weight.T, o.bias\n",
        "The module can't be trained any more.",
        "The function changes the module that it is given: its numbers, or "
        "whether they require a gradient. `detach` gives a tensor beside "
        "the parameter and leaves it as it is; `detach_` and "
        "`requires_grad_` don't.",
        _VIEW,
    ),
    Mistake(
        "shared", "another-module",
        "other = from_params(Params(torch.ones(3, 4), torch.ones(4),\n"
        "                           torch.ones(4, 2), torch.ones(2)))\n\n\n"
        "def wrong(model):\n"
        "    h, o = other.hidden, other.output\n"
        "    return (h.weight.T.detach(), h.bias.detach(),\n"
        "            o.weight.T.detach(), o.bias.detach())\n",
        "The same numbers for every module.",
        "The function doesn't read the module that it is given, but another "
        "one: use the argument.",
        _VIEW,
    ),
    Mistake(
        "weights", "equal-weights",
        "def wrong():\n    return 0.5, 0.5\n",
        "Right for parts of the same length.",
        "With equal weights a row of the short part counts for more than "
        "one of the long part.",
        _MEAN,
    ),
    Mistake(
        "weights", "swapped",
        "def wrong():\n    return 0.25, 0.75\n",
        "The short part counts for more.",
        "The long part comes first, and has the larger share.",
        _MEAN,
    ),
    Mistake(
        "weights", "proportion-only",
        "def wrong():\n    return 3, 1\n",
        "The combined gradient is too long.",
        "The proportion is right. As factors the two have to add up to 1, "
        "or the combined gradient has another length: divide each by their "
        "sum.",
        _MEAN,
    ),
    Mistake(
        "weights", "proportion-only",
        "def wrong():\n    return 15, 5\n",
        "The combined gradient is too long.",
        "These turn each mean back into a sum over its rows. Divide by all "
        "twenty rows to make the mean of them.",
        _MEAN,
    ),
    Mistake(
        "weights", "other-shares",
        "def wrong():\n    return 2 / 3, 1 / 3\n",
        "Add up to 1, in another proportion.",
        "Every row of the twenty has to count the same, so the two must be "
        "in the proportion of the parts' rows.",
        _MEAN,
    ),
    Mistake(
        "weights", "one-each",
        "def wrong():\n    return 1, 1\n",
        "About twice as long.",
        "The two are added as they are. For sums that is right; means have "
        "to be weighted.",
        _MEAN,
    ),
    Mistake(
        "weights", "divided-again",
        "def wrong():\n    return 1 / 15, 1 / 5\n",
        "The short part counts for more.",
        "Each mean has been divided by its number of rows already; this "
        "divides a second time. Multiply by it, then divide by all rows.",
        _MEAN,
    ),
    Mistake(
        "weights", "divided-again",
        "def wrong():\n    return 1 / 30, 1 / 10\n",
        "The short part counts for more.",
        "Each mean has been divided by its number of entries already; this "
        "divides a second time. Multiply by it, then divide by all entries.",
        _MEAN,
    ),
    Mistake(
        "weights", "proportion-upside-down",
        "def wrong():\n    return 20 / 15, 20 / 5\n",
        "Both above 1, the short part's larger.",
        "The fractions are upside down: rows of the part over all rows.",
        _MEAN,
    ),
    Mistake(
        "weights", "ratio-of-the-parts",
        "def wrong():\n    return 1, 5 / 15\n",
        "The proportion is right, the sum above 1.",
        "The proportion is right, measured by the long part. Measure both "
        "by all twenty rows.",
        _MEAN,
    ),
    Mistake(
        "weights", "ratio-of-the-parts",
        "def wrong():\n    return 15 / 5, 5 / 15\n",
        "They don't add up to 1.",
        "Each part is measured by the other one. Measure both by all twenty "
        "rows.",
        _MEAN,
    ),
]
