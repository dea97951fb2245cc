"""The catalogue of mistakes of chapter 4, autograd."""

from toynet.check.mistake import Mistake

MISTAKES = []

_ADDS = "∂/∂p Σ L_i = Σ ∂L_i/∂p, chapter 4 (eq-accumulate)"
_PIECES = (
    "piece of v for u = g_v ∂v/∂u, g_u = the sum of the pieces for u, "
    "chapter 4 (eq-pieces)"
)
_MATMUL = "C = A @ B: G Bᵀ for A, Aᵀ G for B, chapter 4 (eq-matmul-adjoint)"
_HESSIAN = "H_ij = ∂²L / ∂p_i ∂p_j, chapter 4 (eq-hessian)"
_JACOBIAN = "J_ij = ∂ŷ_i / ∂p_j, chapter 4 (eq-jacobian)"
_RELU_GATE = "g where x > 0, else 0, chapter 3 (eq-dz1)"
_UNBROADCAST = (
    "∂L/∂b = Σ over all that b was repeated along, chapter 3 (eq-db2)"
)
_IN_ORDER = "each value after its inputs, chapter 4 (lst-in-order)"

MISTAKES += [
    Mistake(
        "three_lines", "replaced-for-added",
        (("second = 2 * w + 2", "second = 2"),),
        "The second number is the slope of 2w alone.",
        "The second `backward` finds a 6 in `.grad` and does not replace it.",
        _ADDS,
    ),
    Mistake(
        "three_lines", "detach-ignored",
        (("third = w", "third = 2 * w"),),
        "The third number is the slope of w².",
        "`w.detach()` is a constant for the walk, so one of the two paths "
        "to w is missing.",
        "the section on moving a leaf, chapter 4",
    ),
    Mistake(
        "three_lines", "detach-stops-everything",
        (("third = w", "third = 0"),),
        "The third number is 0.",
        "`detach` cuts one factor off. The other one is still w, and its "
        "slope is the value of the detached one.",
        "the section on moving a leaf, chapter 4",
    ),
    Mistake(
        "three_lines", "never-cleared",
        (("third = w", "third = second + w"),),
        "The third number contains the second.",
        "`w.grad = None` begins a new sum; nothing of the 8 is left.",
        _ADDS,
    ),
    Mistake(
        "three_lines", "value-for-slope",
        (("first = 2 * w", "first = w * w"),),
        "The first number is 9.",
        "`.grad` holds the slope of w², not its value.",
        _PIECES,
    ),
    *(Mistake(
        "three_lines", "value-for-slope",
        (("first = 2 * w", "first = w * w"), ("second = 2 * w + 2", second),
         ("third = w", third)),
        "The first number is 9.",
        "`.grad` holds slopes, not values.",
        _PIECES,
    ) for second in ("second = w * w + 2", "second = 2 * w",
                     "second = w * w + 2 * w")
      for third in ("third = w", "third = w * w")),
    Mistake(
        "three_lines", "one-path-of-two",
        (("first = 2 * w", "first = w"),),
        "The first number is 3.",
        "In w · w both factors are w; each sends a piece, and they add.",
        _PIECES,
    ),
    Mistake(
        "three_lines", "one-path-of-two",
        (("first = 2 * w", "first = w"),
         ("second = 2 * w + 2", "second = w + 2")),
        "The first number is 3, and the second contains it.",
        "In w · w both factors are w; each sends a piece, and they add.",
        _PIECES,
    ),
]


def _operation(name, result, local):
    """Write a `tanh` or `log` for the engine, with this derivative."""
    return (
        "from toynet.autograd import Value\n"
        f"def {name}(v):\n"
        "    x = v.data\n"
        f"    t = {result}\n"
        f"    return Value(t, (v,), lambda g: {local})\n"
    )


_RAW = "def {0}(v):\n    return torch.{0}(v.data)\n"
_LONE = (
    "from toynet.autograd import Value\n"
    "def {0}(v):\n    return Value(math.{0}(v.data), (v,), "
    "lambda g: (g * ({1}),))\n"
)
_BY_HAND = "from toynet.autograd import Value\n" + """
def {0}(v):
    t = torch.{0}(v.data)
    def local(g):
        g {1}
        return (g,)
    return Value(t, (v,), local)
"""

MISTAKES += [
    Mistake("operation", code, wrong, seen, message, look)
    for code, seen, message, look, wrongs in [
        (
            "slope-of-the-input",
            "Right at 0, too large or negative elsewhere.",
            "The slope 1 - t² is made of the result t = tanh(x), and yours "
            "is made of x.",
            "tanh' = 1 - tanh², chapter 4 (eq-pieces)",
            [_operation("tanh", "torch.tanh(x)", "(g * (1 - x * x),)")],
        ),
        (
            "slope-not-squared",
            "Right where tanh is 0 or 1.",
            "The slope of tanh is 1 - t²; the square is missing.",
            "tanh' = 1 - tanh², chapter 4 (eq-pieces)",
            [_operation("tanh", "torch.tanh(x)", "(g * (1 - t),)")],
        ),
        (
            "slope-of-the-sigmoid",
            "Zero where x is 0.",
            "t (1 - t) is the slope of the sigmoid; that of tanh is 1 - t².",
            "tanh' = 1 - tanh², chapter 4 (eq-pieces)",
            [_operation("tanh", "torch.tanh(x)", "(g * t * (1 - t),)")],
        ),
        (
            "sign-in-the-slope",
            "Right where tanh is 0.",
            "The slope of tanh falls towards both sides: 1 - t², with a "
            "minus.",
            "tanh' = 1 - tanh², chapter 4 (eq-pieces)",
            [_operation("tanh", "torch.tanh(x)", "(g * (1 + t * t),)"),
             _operation("tanh", "torch.tanh(x)", "(g * (t * t - 1),)")],
        ),
        (
            "operation-twice",
            "The result is right, the slope is flatter.",
            "The slope takes tanh of what is tanh already: use the result "
            "as it is.",
            "tanh' = 1 - tanh², chapter 4 (eq-pieces)",
            [_operation("tanh", "torch.tanh(x)",
                        "(g * (1 - torch.tanh(t) ** 2),)")],
        ),
        (
            "slope-is-the-input",
            "Right at 1 only.",
            "The slope of the logarithm is 1/x: divide the adjoint by x.",
            "log' = 1/x, chapter 4 (eq-pieces)",
            [_operation("log", "torch.log(x)", "(g * x,)")],
        ),
        (
            "slope-of-the-result",
            "Huge near x = 1.",
            "The slope 1/x is made of the input, and yours of the result.",
            "log' = 1/x, chapter 4 (eq-pieces)",
            [_operation("log", "torch.log(x)", "(g / t,)"),
             _operation("log", "torch.log(x)", "(g * t,)")],
        ),
        (
            "differentiated-twice",
            "Negative slopes of a function that rises.",
            "-1/x² is the slope of 1/x, the second derivative; the slope of "
            "the logarithm is 1/x.",
            "log' = 1/x, chapter 4 (eq-pieces)",
            [_operation("log", "torch.log(x)", "(-g / x**2,)"),
             _operation("log", "torch.log(x)", "(g / x**2,)")],
        ),
        (
            "another-base",
            "The result is off by a constant factor.",
            "The logarithm asked for is the natural one, `torch.log`.",
            "log' = 1/x, chapter 4 (eq-pieces)",
            [_operation("log", "torch.log10(x)", "(g / x,)"),
             _operation("log", "torch.log2(x)", "(g / x,)"),
             _operation("log", "torch.log1p(x)", "(g / x,)"),
             _operation("log", "torch.log10(x)",
                        "(g / (x * math.log(10)),)"),
             _operation("log", "torch.log2(x)", "(g / (x * math.log(2)),)"),
             _operation("log", "torch.log1p(x)", "(g / (1 + x),)")],
        ),
        (
            "adjoint-left-out",
            "Right where the adjoint happens to be 1.",
            "The local slope is there, but not multiplied by the adjoint g, "
            "which says how much the rest of the graph makes of it.",
            _PIECES,
            [_operation("tanh", "torch.tanh(x)", "(1 - t * t,)"),
             _operation("log", "torch.log(x)", "(1 / x,)")],
        ),
        (
            "slope-left-out",
            "The adjoint comes through unchanged.",
            "The adjoint is handed on as it is; multiply it by the local "
            "slope.",
            _PIECES,
            [_operation("tanh", "torch.tanh(x)", "(g,)"),
             _operation("log", "torch.log(x)", "(g,)")],
        ),
        (
            "slope-added",
            "The adjoint and the slope are added up.",
            "The chain rule multiplies the adjoint by the slope; yours adds "
            "them.",
            _PIECES,
            [_operation("tanh", "torch.tanh(x)", "(g + (1 - t * t),)"),
             _operation("log", "torch.log(x)", "(g + 1 / x,)")],
        ),
        (
            "no-record",
            "Right results, and no gradient at all.",
            "What comes back does not know where it came from. Return "
            "`Value(result, (v,), lambda g: (piece,))`.",
            "what a Value holds, chapter 4 (lst-value-init)",
            [_RAW.format("tanh"), _RAW.format("log")],
        ),
        (
            "no-tuple",
            "The walk raises, unless there is exactly one number.",
            "`local` must return a tuple with one piece for each input: "
            "`(piece,)`, with a comma.",
            "what a Value holds, chapter 4 (lst-value-init)",
            [_operation("tanh", "torch.tanh(x)", "g * (1 - t * t)"),
             _operation("log", "torch.log(x)", "g / x")],
        ),
        (
            "one-number-only",
            "Right for a single number; raises for more.",
            "Functions of `math` take one number. `data` is a tensor: use "
            "those of `torch`.",
            "what a Value holds, chapter 4 (lst-value-init)",
            [_LONE.format("tanh", "1 - math.tanh(v.data) ** 2"),
             _LONE.format("log", "1 / v.data")],
        ),
        (
            "adjoint-changed",
            "Right by itself; the values beside it get wrong gradients.",
            "`local` changes g in place. The same tensor was handed to "
            "other values as well: make a new one.",
            _PIECES,
            [_BY_HAND.format("tanh", "*= 1 - t * t"),
             _BY_HAND.format("log", "/= v.data")],
        ),
    ] for wrong in wrongs
]

_ORDER = """
def order(last):
    order, seen = [], set()
    def visit(v):
        {first}
        for u in {inputs}:
            visit(u)
        {then}
    visit(last)
    return {result}
"""
_ONCE = "if v in seen: return\n        seen.add(v)"


def _order(first=_ONCE, inputs="v.inputs", then="order.append(v)",
           result="order"):
    """Write a function that lists values, with these parts."""
    return _ORDER.format(
        first=first, inputs=inputs, then=then, result=result)


_AS_MET = """
def as_met(last):
    order = [last]
    for v in order:
        for u in v.inputs:
            if u not in order:
                order.append(u)
    return {}
"""
_STACK = """
def from_a_stack(last):
    order, stack = [], [last]
    while stack:
        v = stack.pop()
        if v not in order:
            order.append(v)
            stack.extend(v.inputs)
    return {}
"""
_PRE = _ONCE + "\n        order.append(v)"

MISTAKES += [
    Mistake("order", code, wrong, seen, message, _IN_ORDER)
    for code, seen, message, wrongs in [
        (
            "as-met-reversed",
            "Right for chains; wrong where a short path and a long one meet.",
            "The order of meeting, reversed. A value that is met by a short "
            "path stands too late for the long one, as u does in u + u * u.",
            [_AS_MET.format("order[::-1]"), _STACK.format("order[::-1]"),
             _order(_PRE, then="pass", result="order[::-1]"),
             _order(_PRE, "reversed(v.inputs)", "pass", "order[::-1]")],
        ),
        (
            "outputs-first",
            "The last value stands at the front.",
            "The list begins with `last`. Each value has to come after its "
            "inputs, so `last` stands at the end.",
            [_order(result="order[::-1]"), _AS_MET.format("order"),
             _STACK.format("order"), _order(_PRE, then="pass"),
             _order(_PRE, "reversed(v.inputs)", "pass"),
             _order(inputs="reversed(v.inputs)", result="order[::-1]")],
        ),
        (
            "listed-twice",
            "A value that is used twice stands there twice.",
            "A value is listed once for each path that leads to it. Ask "
            "whether you have seen it before.",
            [_order("pass"), _order("pass", "reversed(v.inputs)"),
             _order("if v in seen: order.append(v)\n"
                    "        if v in seen: return\n        seen.add(v)"),
             _order("pass\n        order.append(v)", then="pass"),
             _order("pass\n        order.append(v)", then="pass",
                    result="order[::-1]")],
        ),
        (
            "leaves-left-out",
            "What has no inputs is missing.",
            "Values without inputs are missing. They are what the gradient "
            "is wanted for.",
            [_order(then="order.extend([v] * bool(v.inputs))")],
        ),
        (
            "last-left-out",
            "One value short.",
            "`last` itself is missing; it belongs at the end.",
            [_order(result="order[:-1]")],
        ),
        (
            "one-input-only",
            "Right for chains of operations with one input.",
            "Only one input of each value is followed; a sum or a product "
            "has two.",
            [_order(inputs="v.inputs[:1]"), _order(inputs="v.inputs[1:]"),
             _order(inputs="v.inputs[-1:]")],
        ),
        (
            "one-step-back",
            "The inputs of the last value, and nothing before them.",
            "Only the inputs of `last` are there. They have inputs of their "
            "own.",
            ["def order(last):\n    return [*dict.fromkeys(last.inputs), "
             "last]\n",
             "def order(last):\n    return [*last.inputs, last]\n"],
        ),
        (
            "numbers-for-values",
            "A list of tensors.",
            "The list holds the numbers. The walk needs the values "
            "themselves, `v` and not `v.data`.",
            [_order(then="order.append(v.data)")],
        ),
    ] for wrong in wrongs
]

_MAXIMUM = """
from toynet.autograd import Value
def maximum(a, b):
    x, y = a.data, b.data
    share = (x > y) + 0.5 * (x == y)
    return Value({}, (a, b), lambda g: ({}, {}))
"""


def _maximum(for_a="g * share", for_b="g * (1 - share)",
             result="torch.maximum(x, y)"):
    return _MAXIMUM.format(result, for_a, for_b)


_CHOSEN = "def maximum(a, b):\n    return a if {} else b\n"
_LARGER = "the larger input gets the adjoint, chapter 4 (eq-pieces)"
_TIE = "slope ½ for each at a tie, chapter 4 (eq-pieces)"

MISTAKES += [
    Mistake("maximum", code, wrong, seen, message, look)
    for code, seen, message, look, wrongs in [
        (
            "tie-to-the-first",
            "Right where the two differ.",
            "At a tie your first input gets everything. PyTorch gives each "
            "one half.", _TIE,
            [_maximum("g * (x >= y)", "g * (x < y)")],
        ),
        (
            "tie-to-the-second",
            "Right where the two differ.",
            "At a tie your second input gets everything. PyTorch gives each "
            "one half.", _TIE,
            [_maximum("g * (x > y)", "g * (x <= y)")],
        ),
        (
            "tie-counted-twice",
            "Right where the two differ.",
            "At a tie both inputs get the whole adjoint, so it is handed on "
            "twice. PyTorch gives each one half.", _TIE,
            [_maximum("g * (x >= y)", "g * (x <= y)")],
        ),
        (
            "tie-dropped",
            "Right where the two differ.",
            "At a tie neither input gets anything. PyTorch gives each one "
            "half.", _TIE,
            [_maximum("g * (x > y)", "g * (x < y)")],
        ),
        (
            "shares-swapped",
            "The smaller input gets the gradient.",
            "The pieces are exchanged: the first one belongs to a, and a "
            "gets the adjoint where a is larger.", _LARGER,
            [_maximum("g * (1 - share)", "g * share")],
        ),
        (
            "both-get-everything",
            "The smaller input has a gradient, too.",
            "Both inputs get the adjoint, as in a sum. The smaller one has "
            "no influence: its piece is 0.", _LARGER,
            [_maximum("g", "g")],
        ),
        (
            "half-everywhere",
            "Right at ties only.",
            "Each input gets one half everywhere. That is right at a tie; "
            "elsewhere the larger one gets all.", _LARGER,
            [_maximum("g / 2", "g / 2")],
        ),
        (
            "adjoint-left-out",
            "Right where the adjoint happens to be 1.",
            "The shares are there, but not multiplied by the adjoint g.",
            _PIECES,
            [_maximum("1.0 * share", "1 - share")],
        ),
        (
            "gradient-of-the-value",
            "Right where the larger number is 1.",
            "The pieces contain the inputs themselves. The slope of the "
            "larger one is 1, whatever its size.", _LARGER,
            [_maximum("g * share * x", "g * (1 - share) * y")],
        ),
        (
            "one-piece-only",
            "The second input gets no gradient.",
            "Only the first input gets a piece; where the second one is "
            "larger the adjoint is lost.", _LARGER,
            [_maximum("g * share", "g * 0")],
        ),
        (
            "smaller-of-two",
            "The results are too small.",
            "This is the smaller of the two.", _LARGER,
            [_maximum("g * (1 - share)", "g * share",
                      "torch.minimum(x, y)"),
             _maximum(result="torch.minimum(x, y)")],
        ),
        (
            "no-record",
            "Right results, and no gradient at all.",
            "What comes back does not know where it came from. Return "
            "`Value(result, (a, b), lambda g: (piece, piece))`.",
            "what a Value holds, chapter 4 (lst-value-init)",
            ["def maximum(a, b):\n"
             "    return torch.maximum(a.data, b.data)\n"],
        ),
        (
            "one-choice-for-all",
            "Right for two single numbers; raises or errs for more.",
            "One of the two is chosen as a whole. Entries are compared one "
            "by one: use `torch.maximum` and a table of shares.", _LARGER,
            [_CHOSEN.format(c) for c in (
                "a.data > b.data", "a.data >= b.data",
                "(a.data > b.data).all()", "(a.data >= b.data).all()",
                "(a.data > b.data).any()", "(a.data >= b.data).any()",
                "a.data.sum() > b.data.sum()",
                "a.data.sum() >= b.data.sum()")],
        ),
    ] for wrong in wrongs
]

_HV = """
def Hv(f, v, d):
    v = v.detach().requires_grad_()
    (slope,) = torch.autograd.grad(f(v), v, create_graph=True)
    return {}
"""
_PRODUCT = "torch.autograd.grad({}, v)[0]"


def _hv(result, *parts):
    return _HV.format(result.format(*parts))


MISTAKES += [
    Mistake(
        "hessian_vector", "slope-left-in",
        "def Hv(f, v, d):\n"
        "    v = v.detach().requires_grad_()\n"
        "    f(v).backward(create_graph=True)\n"
        "    (v.grad @ d).backward()\n"
        "    return v.grad\n",
        "Off by the gradient itself.",
        "The second `backward` adds to the first one's slope: what comes "
        "back is the slope plus Hd. Clear `.grad` between, or use "
        "`torch.autograd.grad`.",
        _ADDS,
    ),
    *(Mistake("hessian_vector", code, wrong, seen, message, look)
      for code, seen, message, look, wrongs in [
          (
              "slope-for-product",
              "The direction has no influence.",
              "This is the gradient of f. Its product with d has to be "
              "differentiated once more.", _HESSIAN, [_hv("slope")],
          ),
          (
              "direction-left-out",
              "Right where d is 1 everywhere.",
              "The slopes are added up without d, so this is H times a "
              "list of ones.", _HESSIAN,
              [_hv(_PRODUCT, "slope.sum()"),
               _hv(_PRODUCT + " * d", "slope.sum()")],
          ),
          (
              "along-the-gradient",
              "The direction has no influence.",
              "The slope is multiplied by itself, not by d.", _HESSIAN,
              [_hv(_PRODUCT, "slope @ slope"),
               _hv(_PRODUCT, "slope @ slope / 2"),
               _hv(_PRODUCT, "slope @ slope.detach()")],
          ),
          (
              "along-the-point",
              "Right only if d is v.",
              "The slope is multiplied by v, the place; the direction is d.",
              _HESSIAN,
              [_hv(_PRODUCT, "slope @ v.detach()"),
               _hv(_PRODUCT, "slope @ v")],
          ),
          (
              "curvature-for-product",
              "One number.",
              "This is a curvature, one number. What is asked for is the "
              "list Hd that stands in its numerator.",
              "c = dᵀ H d / dᵀ d, chapter 4 (eq-rayleigh)",
              [_hv("d @ " + _PRODUCT, "slope @ d"),
               _hv("d @ " + _PRODUCT + " / (d @ d)", "slope @ d")],
          ),
          (
              "slope-along-the-direction",
              "One number.",
              "The slope times d is a number, the slope along d. Its "
              "gradient by v is Hd.", _HESSIAN, [_hv("slope @ d")],
          ),
          (
              "direction-normalised",
              "Right for directions of length 1.",
              "The product is divided by the length of d, or by its square. "
              "Twice the direction has to give twice the product.",
              "c = dᵀ H d / dᵀ d, chapter 4 (eq-rayleigh)",
              [_hv(_PRODUCT, "slope @ d / d.norm()"),
               _hv(_PRODUCT, "slope @ d / (d @ d)")],
          ),
          (
              "product-normalised",
              "A list of length 1.",
              "Hd has been divided by its own length. That belongs in the "
              "loop that calls the function.", _HESSIAN,
              [_hv("torch.nn.functional.normalize(" + _PRODUCT + ", dim=0)",
                   "slope @ d")],
          ),
          (
              "diagonal-only",
              "Right where the Hessian has nothing beside its diagonal.",
              "Each second derivative is taken by one number alone; the "
              "pairs of two numbers are missing.", _HESSIAN,
              ["def Hv(f, v, d):\n"
               "    return torch.func.hessian(f)(v).diagonal() * d\n"],
          ),
          (
              "applied-twice",
              "The product of the product.",
              "H is applied twice.", _HESSIAN,
              ["def Hv(f, v, d):\n"
               "    H = torch.func.hessian(f)(v)\n"
               "    return H @ (H @ d)\n"],
          ),
      ] for wrong in wrongs),
    Mistake(
        "hessian_vector", "walk-not-recorded",
        "def Hv(f, v, d):\n"
        "    v = v.detach().requires_grad_()\n"
        "    (slope,) = torch.autograd.grad(f(v), v)\n"
        "    return torch.autograd.grad(slope @ d, v)[0]\n",
        "The second walk raises.",
        "There is no record to walk: either the first walk was made without "
        "`create_graph=True`, or v was not marked with `requires_grad_()`, "
        "or a `detach` stands between.",
        _HESSIAN,
    ),
    Mistake(
        "hessian_vector", "matrix-made",
        "def Hv(f, v, d):\n    return torch.func.hessian(f)(v) @ d\n",
        "Right, and needs n² numbers for n.",
        "The product is right, but the whole table was made for it. With a "
        "million numbers it would have a million million entries.",
        "the section on how curved the loss is, chapter 4 (eq-hessian)",
    ),
]

_DIRECTIONS = """
from toynet.net import Params
def still_directions(p):
    found = []
    for j in {units}:
        move = Params(*(torch.zeros_like(t) for t in p))
        move.W1[:, j], move.b1[j] = p.W1[:, j], {b1}
        move.W2[j] = {W2}
        found.append(torch.cat([{flat} for t in move]))
    move = Params(*(torch.zeros_like(t) for t in p))
    move.b1[{unit}], move.b2[:] = 1, {b2}
    found.append(torch.cat([{flat} for t in move]))
    return {result}
"""


def _directions(units="range(4)", b1="p.b1[j]", W2="-p.W2[j]", unit="3",
                b2="-p.W2[3]", flat="t.flatten()", result="found"):
    """Write a function that lists directions, with these parts."""
    return _DIRECTIONS.format(
        units=units, b1=b1, W2=W2, unit=unit, b2=b2, flat=flat,
        result=result)


_SCALED = (
    "relu(a z) = a relu(z) for a > 0, so J d = 0, chapter 4 (eq-jacobian)"
)

MISTAKES += [
    Mistake("still_directions", code, wrong, seen, message, look)
    for code, seen, message, look, wrongs in [
        (
            "finite-step",
            "The first layer's part is right, the second layer's half.",
            "Doubling what goes in and halving what comes out is a step of "
            "some length, and the path that it cuts short is bent. Ask for "
            "the direction in which it sets out: multiply by 1 + ε and "
            "divide by 1 + ε.", _SCALED,
            [_directions(W2="-p.W2[j] / 2")],
        ),
        (
            "same-sign-in-and-out",
            "Incoming and outgoing weights grow together.",
            "The outgoing weights have to shrink as the incoming ones grow; "
            "yours grow, too.", _SCALED,
            [_directions(W2="p.W2[j]")],
        ),
        (
            "bias-left-out",
            "The bias of the unit stands still.",
            "The unit's bias goes into it as well: multiply it with the "
            "weights.", _SCALED,
            [_directions(b1="0")],
        ),
        (
            "outgoing-left-out",
            "Only the first layer moves.",
            "What goes in is multiplied, and nothing takes that back: "
            "divide the outgoing weights.", _SCALED,
            [_directions(W2="0")],
        ),
        (
            "new-numbers-for-direction",
            "The moved numbers, not the move.",
            "These are places to go to. A direction is what is added to the "
            "26 numbers to get there.", _SCALED,
            ["def still_directions(p):\n"
             "    found = []\n"
             "    for j in range(4):\n"
             "        q = [t.clone() for t in p]\n"
             "        q[0][:, j] *= 2\n"
             "        q[1][j] *= 2\n"
             "        q[2][j] /= 2\n"
             "        found.append(torch.cat([t.flatten() for t in q]))\n"
             "    return found\n"],
        ),
        (
            "silent-unit-shifted",
            "A unit that is silent for some points is shifted.",
            "Raising a unit's bias adds a constant only if the unit is on "
            "for all twenty points. That is so for the fourth alone.",
            _JACOBIAN,
            [_directions(unit=str(j), b2=f"-p.W2[{j}]") for j in range(3)],
        ),
        (
            "shift-not-taken-back",
            "The fifth direction moves both logits.",
            "The raised bias adds W2's row of the unit to the logits, and "
            "b2 has to take exactly that away.", _JACOBIAN,
            [_directions(b2="0"), _directions(b2="p.W2[3]"),
             _directions(b2="-1")],
        ),
        (
            "columns-for-rows",
            "The list holds the tables column by column.",
            "The tables are laid out column by column. `flat` reads W1 and "
            "W2 row by row.", _JACOBIAN,
            [_directions(flat="(t.mT if t.dim() > 1 else t).flatten()")],
        ),
        (
            "fifth-missing",
            "Four directions, all still.",
            "The four units' scalings are there. Look at the unit that is "
            "on for all twenty points: its bias and b2 do the same work.",
            _JACOBIAN, [_directions(result="found[:4]")],
        ),
        (
            "directions-missing",
            "Fewer than there are.",
            "Each is still, and there are more of them: as many as the rank "
            "of J falls short of 26.", _JACOBIAN,
            [_directions(result="found[:1]"),
             _directions(result="found[-1:]"),
             _directions(result="found[2:]")],
        ),
        (
            "one-direction-twice",
            "The rank of the list is less than its length.",
            "They are not independent: one is a mixture of the others, as "
            "twice a direction is the same direction.", _JACOBIAN,
            [_directions(result="[*found[:4], 2 * found[0]]"),
             _directions(result="[*found, found[0] + found[1]]")],
        ),
        (
            "no-direction",
            "A list of zeros.",
            "A direction of zeros leaves everything still, and says nothing.",
            _JACOBIAN,
            [_directions(result="[*found[:4], torch.zeros(26)]")],
        ),
    ] for wrong in wrongs
]

# A small engine; the wrong ones are made from it by exchanging its text.
_ENGINE = """
def fitted(piece, x):
    while piece.dim() > x.dim():
        piece = piece.sum(0)
    for i, n in enumerate(x.shape):
        if n == 1:
            piece = piece.sum(i, True)
    return piece

def wrapped(x):
    return x if isinstance(x, Value) else Value(x)

def made(data, *pushes, adds=(True, True)):
    v = Value(data)
    v.pushes, v.adds = pushes, adds
    return v

def in_order(last):
    order, seen = [], set()
    def visit(v):
        if v in seen:
            return
        seen.add(v)
        for u, _ in v.pushes:
            visit(u)
        order.append(v)
    visit(last)
    return order

class Value:
    def __init__(self, data):
        self.data = torch.as_tensor(data, dtype=torch.float64)
        self.grad = torch.zeros_like(self.data)
        self.pushes, self.adds = (), ()

    def give(self, piece, add):
        piece = fitted(piece, self.data)
        self.grad = self.grad + piece if add else piece

    def hand_on(self):
        for (u, piece), add in zip(self.pushes, self.adds):
            u.give(piece(self.grad), add)

    def backward(self):
        order = in_order(self)
        self.grad = torch.ones_like(self.data)
        for v in reversed(order):
            v.hand_on()

    def __add__(self, other):
        other = wrapped(other)
        return made(self.data + other.data,
                    (self, lambda g: g), (other, lambda g: g))

    def __mul__(self, other):
        other = wrapped(other)
        x, y = self.data, other.data
        return made(x * y, (self, lambda g: g * y), (other, lambda g: g * x))

    def __neg__(self):
        return made(-self.data, (self, lambda g: -g))

    def __sub__(self, other):
        other = wrapped(other)
        return made(self.data - other.data,
                    (self, lambda g: +g), (other, lambda g: -g))

    def __truediv__(self, other):
        other = wrapped(other)
        x, y = self.data, other.data
        return made(x / y, (self, lambda g: g / y),
                    (other, lambda g: g * (-x / y**2)))

    def __pow__(self, p):
        x = self.data
        return made(x**p, (self, lambda g: g * (p * x**(p - 1))))

    def relu(self):
        x = self.data
        return made(torch.relu(x), (self, lambda g: g * (x > 0)))

    def sigmoid(self):
        x, s = self.data, torch.sigmoid(self.data)
        return made(s, (self, lambda g: g * (s * (1 - s))))

    def tanh(self):
        x, t = self.data, torch.tanh(self.data)
        return made(t, (self, lambda g: g * (1 - t**2)))

    def exp(self):
        x, e = self.data, torch.exp(self.data)
        return made(e, (self, lambda g: g * e))

    def log(self):
        x, l = self.data, torch.log(self.data)
        return made(l, (self, lambda g: g * (1 / x)))

    def __matmul__(self, other):
        other = wrapped(other)
        X, W = self.data, other.data
        return made(X @ W, (self, lambda g: g @ W.T),
                    (other, lambda g: X.T @ g))

    def sum(self, dim=None, keepdim=False):
        x = self.data
        def spread(g):
            if dim is not None and not keepdim:
                g = g.unsqueeze(dim)
            return g.expand(x.shape)
        return made(x.sum(dim, keepdim), (self, spread))

    def mean(self, dim=None, keepdim=False):
        n = self.data.numel() if dim is None else self.data.shape[dim]
        return self.sum(dim, keepdim) * (1 / n)

    def __rsub__(self, other):
        return wrapped(other) - self

    def __rtruediv__(self, other):
        return wrapped(other) / self

    __radd__, __rmul__ = __add__, __mul__
"""


def _engine(*pairs):
    """The engine with these exchanges made, (right, wrong) each."""
    source = _ENGINE
    for right, wrong in pairs:
        if right not in source:
            raise ValueError(f"the engine has to contain {right!r}")
        source = source.replace(right, wrong)
    return source


_ONE = "made({0}, (self, {1}))", "made({0}, (self, {1}), adds=(False,))"
_SLOPES = {  # of the operations with one input, as the engine has them
    "-self.data": "lambda g: -g",
    "x**p": "lambda g: g * (p * x**(p - 1))",
    "torch.relu(x)": "lambda g: g * (x > 0)",
    "s": "lambda g: g * (s * (1 - s))",
    "t": "lambda g: g * (1 - t**2)",
    "e": "lambda g: g * e",
    "l": "lambda g: g * (1 / x)",
    "x.sum(dim, keepdim)": "spread",
}
_PAIRS = {  # of those with two
    "add": "(self, lambda g: g), (other, lambda g: g)",
    "mul": "(self, lambda g: g * y), (other, lambda g: g * x)",
    "sub": "(self, lambda g: +g), (other, lambda g: -g)",
    "div": "(self, lambda g: g / y),\n"
           "                    (other, lambda g: g * (-x / y**2))",
    "matmul": "(self, lambda g: g @ W.T),\n"
              "                    (other, lambda g: X.T @ g)",
}


def _pair(name, adds):
    """The engine in which an operation with two inputs overwrites."""
    return _engine((_PAIRS[name] + ")", f"{_PAIRS[name]}, adds={adds})"))


_ALL = "self.grad + piece if add else piece"
_WALK = "        for v in reversed(order):\n            v.hand_on()\n"
_SEED = "        self.grad = torch.ones_like(self.data)\n"


def _walk(order="reversed(order)", first="", then=""):
    """The engine with another walk."""
    return _engine((_WALK, f"{first}        for v in {order}:\n"
                           f"            v.hand_on(){then}\n"))


_QUEUE = (
    "        order = [self]\n"
    "        for v in order:\n"
    "            order.extend({})\n"
)
_BREADTH = _QUEUE.format(
    "dict.fromkeys(u for u, _ in v.pushes if u not in order)")
_DEPTH = (
    "        order, stack = [], [self]\n"
    "        while stack:\n"
    "            v = stack.pop({})\n"
    "            if v not in order:\n"
    "                order.append(v)\n"
    "                stack.extend(u for u, _ in v.pushes)\n"
)
_EAGER = (
    "        def go(v):\n"
    "            v.hand_on()\n"
    "            for u, _ in {}:\n"
    "                go(u)\n"
    "        go(self)\n"
)
_PIECEWISE = (
    "        def go(v):\n"
    "            for (u, piece), add in zip(v.pushes, v.adds):\n"
    "                u.give(piece(v.grad), add)\n"
    "                go(u)\n"
    "        go(self)\n"
)
_VIA = (  # a difference and a quotient that are made of other operations
    ("return made(self.data - other.data,\n"
     "                    (self, lambda g: +g), (other, lambda g: -g))",
     "return self + -other"),
    ("x, y = self.data, other.data\n"
     "        return made(x / y, (self, lambda g: g / y),\n"
     "                    (other, lambda g: g * (-x / y**2)))",
     "return self * other**-1"),
)
_LOST = (
    "            visit(u)\n",
    "            if v.adds[0] != 2:\n                visit(u)\n",
)
_POWER = "p * x**(p - 1)"
_SIG = "tanh and sigmoid: the slope is made of the result, chapter 4 " \
    "(lst-value-sigmoid)"
_POW = "x**p: p x**(p - 1), chapter 4 (eq-pieces)"
_DIV = "x / y: 1 / y for x, -x / y² for y, chapter 4 (eq-pieces)"

MISTAKES += [
    Mistake("engine", code, wrong, seen, message, look)
    for code, seen, message, look, wrongs in [
        (
            "overwrites-gradient",
            "Right as long as each value is used once.",
            "A value that is used twice keeps only the last piece: `=` "
            "where a `+=` is needed.", _PIECES,
            [_engine((_ALL, "piece")),
             *(_pair(n, a) for n in _PAIRS for a in (
                 (False, False), (False, True), (True, False))),
             *(_engine((_ONE[0].format(*x), _ONE[1].format(*x)))
               for x in _SLOPES.items()),
             *(_engine(*_VIA, (_ONE[0].format(*x), _ONE[1].format(*x)))
               for x in list(_SLOPES.items())[:2])],
        ),
        (
            "no-topological-order",
            "Right for u * u + u and wrong for u + u * u, or the reverse.",
            "A value hands on before everybody who used it has reported. "
            "Walk an order in which each value comes after its inputs, "
            "from the end.", _IN_ORDER,
            [_walk("order", _BREADTH),
             _walk("order", _DEPTH.format("")),
             _walk("order", _DEPTH.format("0")),
             _walk("dict.fromkeys(order)",
                   _QUEUE.format("[u for u, _ in v.pushes]")),
             _engine((_WALK, _EAGER.format("v.pushes"))),
             _engine((_WALK, _EAGER.format(
                 "[(u, 0) for u in dict.fromkeys(u for u, _ in v.pushes)]"))),
             _engine((_WALK, _PIECEWISE)),
             _walk("order", _QUEUE.format("[u for u, _ in v.pushes]")),
             _engine(("        for u, _ in v.pushes:\n"
                      "            visit(u)\n        order.append(v)",
                      "        order.append(v)\n"
                      "        for u, _ in v.pushes:\n"
                      "            visit(u)"),
                     ("reversed(order)", "order"))],
        ),
        (
            "visited-twice",
            "Too large as soon as a value is used twice.",
            "A value that is used twice stands twice in your order, and "
            "hands its gradient on twice. Ask whether you have seen it.",
            _IN_ORDER,
            [_engine(("        if v in seen:\n            return\n", "")),
             _engine(("        if v in seen:\n            return\n", ""),
                     ("v.pushes:\n            visit(u)",
                      "[(u, 0) for u in dict.fromkeys(u for u, _ in "
                      "v.pushes)]:\n            visit(u)"))],
        ),
        (
            "walk-ends-early",
            "Only the inputs of the last operation get a gradient.",
            "Only the last operation hands its gradient on. Either the walk "
            "does not go on to the inputs of its inputs, or it begins at "
            "the wrong end: walk the order `reversed`.", _IN_ORDER,
            [_walk("order"), _walk("[self]")],
        ),
        (
            "one-input-only",
            "The second input of an operation is not followed.",
            "The walk follows one input of each operation; it has to follow "
            "both.", _IN_ORDER,
            [_engine(("for u, _ in v.pushes:\n            visit",
                      "for u, _ in v.pushes[:1]:\n            visit")),
             _engine(("for u, _ in v.pushes:\n            visit",
                      "for u, _ in v.pushes[-1:]:\n            visit"))],
        ),
        (
            "inputs-not-recorded",
            "Right if the inputs were made by no operation.",
            "The result of an operation does not say what it was made from, "
            "so the walk ends there.",
            "what a Value holds, chapter 4 (lst-value-init)",
            [*(_engine(_LOST, (_ONE[0].format(*x), _ONE[0].format(*x)[:-1]
                               + ", adds=(2,))"))
               for x in _SLOPES.items()),
             *(_engine(_LOST, (x + ")", f"{x}, adds=(2, 2))"))
               for x in _PAIRS.values())],
        ),
        (
            "seed-forgotten",
            "All gradients stay 0.",
            "The walk begins with the slope of the result by itself, which "
            "is 1. Yours begins with nothing.", _PIECES,
            [_engine((_SEED, "")),
             _engine((_SEED, "        self.grad = 1.0 * self.local\n"),
                     ("self.adds = (), ()",
                      "self.adds = (), ()\n        self.local = None"))],
        ),
        (
            "seed-is-the-value",
            "All gradients are off by a common factor, the result.",
            "The walk begins with the result's value; the slope of the "
            "result by itself is 1.", _PIECES,
            [_engine(("torch.ones_like(self.data)\n        for",
                      "self.data\n        for"))],
        ),
        (
            "cleared-by-backward",
            "Right for one walk.",
            "Your `backward` sets the gradients back before it walks. As in "
            "PyTorch two walks have to add up; clearing is for the caller.",
            _ADDS,
            [_engine((_SEED, "        for v in order:\n            v.grad = "
                      "torch.zeros_like(v.data)\n" + _SEED))],
        ),
        (
            "adjoint-left-out",
            "Right for an operation alone, wrong inside of a larger one.",
            "The local slope is there, but not multiplied by the gradient "
            "of the operation's own result: the chain rule is missing.",
            _PIECES,
            [_engine((_PAIRS["add"],
                      _PAIRS["add"].replace(": g", ": torch.ones_like(g)"))),
             _engine((_PAIRS["mul"], _PAIRS["mul"].replace("g * ", ""))),
             _engine((_PAIRS["sub"], _PAIRS["sub"].replace(
                 "g", "torch.ones_like(g)").replace(
                     "lambda torch.ones_like(g)", "lambda g"))),
             _engine((_PAIRS["div"], _PAIRS["div"].replace(
                 "g / y", "1 / y").replace("g * ", ""))),
             *(_engine((x, x.replace("g * ", "1.0 * ")))
               for x in _SLOPES.values() if "g * " in x),
             _engine(("(self, lambda g: -g)",
                      "(self, lambda g: -torch.ones_like(g))")),
             _engine(*_VIA, (f"g * ({_POWER})", f"({_POWER})"))],
        ),
        (
            "product-rule-swapped",
            "Right where both factors are equal.",
            "Each factor gets itself; the slope of x y by x is y, the other "
            "one.", "x y: y for x, x for y, chapter 4 (lst-value-mul)",
            [_engine(("(self, lambda g: g * y), (other, lambda g: g * x)",
                      "(self, lambda g: g * x), (other, lambda g: g * y)"))],
        ),
        (
            "other-input-forgotten",
            "The second input gets nothing.",
            "An operation with two inputs hands on two pieces; the second "
            "one is missing.", _PIECES,
            [_engine((_PAIRS[n], _PAIRS[n].split(", (other")[0].split(
                ",\n")[0])) for n in ("add", "mul", "sub", "matmul")],
        ),
        (
            "slope-of-a-sum",
            "The sum's inputs get each other's value.",
            "The slope of x + y is 1 for both; yours multiplies as a "
            "product does.",
            "x + y: 1 for both, chapter 4 (lst-value-add)",
            [_engine((_PAIRS["add"],
                      "(self, lambda g: g * other.data), "
                      "(other, lambda g: g * self.data)"))],
        ),
        (
            "wrong-sign",
            "The result is right, the gradient's sign is not.",
            "What is subtracted has the slope -1; yours has 1.",
            "x - y: 1 for x, -1 for y, chapter 4 (eq-pieces)",
            [_engine((_PAIRS["sub"],
                      "(self, lambda g: +g), (other, lambda g: +g)")),
             _engine((_PAIRS["sub"],
                      "(self, lambda g: -g), (other, lambda g: +g)")),
             _engine(("(self, lambda g: -g)", "(self, lambda g: g)")),
             _engine(*_VIA, ("(self, lambda g: -g)", "(self, lambda g: g)")),
             _engine(*_VIA, ("(self, lambda g: -g)", "(self, lambda g: g)"),
                     ("made(-self.data", "made(self.data"))],
        ),
        (
            "number-minus-value-turned",
            "1 - v gives v - 1.",
            "`__rsub__` is called for 1 - v with v as self, so the number "
            "comes first.",
            "x - y: 1 for x, -1 for y, chapter 4 (eq-pieces)",
            [_engine(("wrapped(other) - self", "self - other"))],
        ),
        (
            "number-over-value-turned",
            "1 / v gives v.",
            "`__rtruediv__` is called for 1 / v with v as self, so the "
            "number comes first.", _DIV,
            [_engine(("wrapped(other) / self", "self / other"))],
        ),
        (
            "divisor-forgotten",
            "The divisor gets nothing.",
            "The divisor has a slope, too: -x / y².", _DIV,
            [_engine((_PAIRS["div"], "(self, lambda g: g / y)"))],
        ),
        (
            "divisor-slope",
            "The divisor's gradient is wrong, the rest right.",
            "The slope by the divisor is -x / y², with the minus, the x and "
            "the square.", _DIV,
            [_engine(("(-x / y**2)", w)) for w in (
                "(x / y**2)", "(-x / y)", "(-1 / y**2)", "(1 / y**2)",
                "x", "(x / y)", "(1 / x)")],
        ),
        (
            "divided-as-a-product",
            "The quotient's pieces are those of a product.",
            "A quotient is not a product: x gets 1 / y, and y gets -x / y².",
            _DIV,
            [_engine((_PAIRS["div"],
                      "(self, lambda g: g * y), (other, lambda g: g * x)"))],
        ),
        (
            "exponent-not-lowered",
            "Off by a factor x.",
            "The exponent stays what it was; it has to be lowered by 1.",
            _POW, [_engine(("x**(p - 1)", "x**p")),
                   _engine(*_VIA, ("x**(p - 1)", "x**p"))],
        ),
        (
            "factor-of-the-power",
            "Off by a factor p.",
            "The exponent has to come down as a factor: p x**(p - 1).",
            _POW, [_engine(*via, (_POWER, w)) for via in ((), _VIA)
                   for w in ("x**(p - 1)", "(p - 1) * x**(p - 1)")],
        ),
        (
            "gate-at-zero",
            "Right everywhere but where x is exactly 0.",
            "At 0 your gate is open. PyTorch's relu has slope 0 there, and "
            "so has this book.", _RELU_GATE,
            [_engine(("(x > 0)", "(x >= 0)"))],
        ),
        (
            "gate-on-the-gradient",
            "Right where both signs agree.",
            "The gate looks at the gradient; it has to ask for the sign of "
            "the input.", _RELU_GATE,
            [_engine(("g * (x > 0)", "torch.relu(g)")),
             _engine(("g * (x > 0)", "torch.relu(g) * (x > 0)"))],
        ),
        (
            "gate-forgotten",
            "Right for positive inputs.",
            "A negative input passes nothing back: the relu's gate is "
            "missing.", _RELU_GATE,
            [_engine(("g * (x > 0)", "g"))],
        ),
        (
            "gate-turned",
            "Negative inputs get the gradient.",
            "The gate is open where it should be shut: the slope is 1 for "
            "positive inputs.", _RELU_GATE,
            [_engine(("(x > 0)", w)) for w in ("(x < 0)", "(x <= 0)")],
        ),
        (
            "gate-is-a-value",
            "Off by a factor of the input.",
            "The relu's slope is 1 where x is positive, whatever the size "
            "of x.", _RELU_GATE,
            [_engine(("(x > 0)", w)) for w in ("torch.relu(x)", "x")],
        ),
        (
            "sigmoid-slope",
            "The result is right, the slope is not.",
            "The slope of the sigmoid is s (1 - s), with its result s in "
            "both places.", _SIG,
            [_engine(("(s * (1 - s))", w)) for w in (
                "(x * (1 - x))", "s", "(1 - s)", "(1 - s**2)",
                "(s * (1 + s))", "(s * (s - 1))", "(x > 0)", "1.0")]
            + [_engine(("(s * (1 - s))",
                        "(torch.sigmoid(s) * (1 - torch.sigmoid(s)))"))],
        ),
        (
            "tanh-slope",
            "The result is right, the slope is not.",
            "The slope of tanh is 1 - t², with its result t.", _SIG,
            [_engine(("(1 - t**2)", w)) for w in (
                "(1 - x**2)", "(1 - t)", "(t * (1 - t))", "(1 + t**2)",
                "(t**2 - 1)", "(1 - torch.tanh(t)**2)", "t", "1.0")],
        ),
        (
            "exp-slope",
            "The result is right, the slope is not.",
            "The slope of the exponential is its result.",
            "exp' = exp, chapter 4 (eq-pieces)",
            [_engine(("g * e", w)) for w in (
                "g * x", "g", "g * (x * torch.exp(x - 1))",
                "g * torch.exp(e)", "g * (x * e)")],
        ),
        (
            "log-slope",
            "The result is right, the slope is not.",
            "The slope of the logarithm is 1/x, with its input x.",
            "log' = 1/x, chapter 4 (eq-pieces)",
            [_engine(("(1 / x)", w)) for w in (
                "x", "(1 / l)", "l", "(-1 / x**2)", "(1 / x**2)", "1.0")],
        ),
        (
            "no-plain-numbers",
            "v + w works, v + 1 raises.",
            "A plain number beside a value has no `data`. Wrap it: "
            "`other if isinstance(other, Value) else Value(other)`.",
            "`_value`, which wraps a plain number, chapter 4 (lst-value-add)",
            [_engine(("return x if isinstance(x, Value) else Value(x)",
                      "return x")),
             *(_engine((f"def __{name}__(self, other):\n"
                        "        other = wrapped(other)\n",
                        f"def __{name}__(self, other):\n"))
               for name in ("add", "mul", "sub", "truediv"))],
        ),
        (
            "no-number-on-the-left",
            "v * 2 works, 2 * v raises.",
            "For 2 * v Python asks the number first, and then calls "
            "`__rmul__` of the value; for 1 + v it calls `__radd__`. The "
            "class has to have both.",
            "a sum and a product, chapter 4 (lst-value-add)",
            [_engine(("__radd__, __rmul__ = __add__, __mul__", w)) for w in (
                "pass", "__radd__ = __add__", "__rmul__ = __mul__")],
        ),
        (
            "input-changed",
            "The result is right, and an input has changed.",
            "An operation changes the data of its input in place; others "
            "may still need it. Make a new value.",
            "what a Value holds, chapter 4 (lst-value-init)",
            [_engine(("made(self.data + other.data,",
                      "made(self.data.add_(other.data),")),
             _engine((f"return made(self.data + other.data,\n"
                      f"                    {_PAIRS['add']})",
                      "self.data = self.data + other.data\n"
                      "        return self")),
             _engine(("made(torch.relu(x),",
                      "made(self.data.relu_().clone(),")),
             _engine(("return made(x * y,",
                      "x = x.clone()\n        return "
                      "made(self.data.mul_(y).clone(),"))],
        ),
        (
            "called-at-once",
            "The walk raises: None is not callable.",
            "What should be called in the walk was called when it was "
            "stored, and gave None. Store the function itself, with no "
            "brackets behind its name.",
            "what a Value holds, chapter 4 (lst-value-init)",
            [_engine(("v.hand_on()", "v.hand_on()()"))],
        ),
        (
            "adds-to-nothing",
            "The first piece raises.",
            "`grad` is None at first, and a piece can't be added to None. "
            "Begin with 0, or let the first piece take its place.", _PIECES,
            [_engine(("self.grad = torch.zeros_like(self.data)",
                      "self.grad = None"))],
        ),
        (
            "wrong-result",
            "The forward pass is off.",
            "Look at the forward pass first: the result is not what the "
            "operation gives.",
            "each operation beside its derivative, chapter 4 "
            "(lst-value-mul)",
            [_engine(("made(x / y,", "made(x * y,")),
             _engine(("made(torch.relu(x)", "made(x.abs()")),
             _engine(("made(self.data + other.data",
                      "made(self.data - other.data"))],
        ),
        (
            "wrong-gradient",
            "Results are right, gradients are not.",
            "The result is right and the gradient is not. Work the slopes "
            "of this expression out with a pencil, piece by piece.", _PIECES,
            [_engine(("(x > 0)", "((x > 0) + 0.1 * (x < 0))"))],
        ),
        (
            "no-unbroadcast",
            "The gradient of what was repeated has the shape of the result.",
            "What was repeated forward has to be summed backward; a "
            "gradient has the shape of what it belongs to.", _UNBROADCAST,
            [_engine(("piece = fitted(piece, self.data)", "pass")),
             _engine(("piece = fitted(piece, self.data)",
                      "self.grad += piece * 0"))],
        ),
        (
            "half-an-unbroadcast",
            "Right for some shapes only.",
            "Some of what was repeated is summed and some is not: sum over "
            "each axis that was missing, and over each that had the size "
            "1.", _UNBROADCAST,
            [_engine(("        if n == 1:\n", "        if n == 0:\n")),
             _engine(("        if n == 1:\n            piece = piece.sum(i, "
                      "True)\n",
                      "        if n == 1 and not i:\n            piece = "
                      "piece.sum(i, True)\n")),
             _engine(("    while piece.dim() > x.dim():\n"
                      "        piece = piece.sum(0)\n",
                      "    if piece.dim() > x.dim():\n"
                      "        piece = piece.sum(0)\n")),
             _engine(("    while piece.dim() > x.dim():\n"
                      "        piece = piece.sum(0)\n",
                      "    if piece.dim() > x.dim():\n"
                      "        return piece\n"))],
        ),
        (
            "unbroadcast-by-mean",
            "Too small by the number of repetitions.",
            "What was repeated is averaged; its pieces have to be added up.",
            _UNBROADCAST,
            [_engine(("piece.sum(0)", "piece.mean(0)"),
                     ("piece.sum(i, True)", "piece.mean(i, True)"))],
        ),
        (
            "matmul-transposes",
            "Raises, or errs without a word where the tables are square.",
            "The pieces need the other table transposed, and on the right "
            "side.", _MATMUL,
            [_engine((_PAIRS["matmul"],
                      f"(self, lambda g: {a}), (other, lambda g: {b})"))
             for a, b in (
                 ("g @ W", "X @ g"), ("g @ W", "X.T @ g"),
                 ("g @ W.T", "X @ g"), ("W.T @ g", "g @ X.T"),
                 ("g @ W.T", "g @ X.T"), ("g @ W.T", "g.T @ X"),
                 ("W @ g", "g @ X"), ("W.T @ g", "X.T @ g"))],
        ),
        (
            "matmul-as-a-product",
            "Raises, or errs without a word where the tables are square.",
            "The pieces are those of an entrywise product; a matrix product "
            "needs matrix products.", _MATMUL,
            [_engine((_PAIRS["matmul"],
                      "(self, lambda g: g * W), (other, lambda g: g * X)"))],
        ),
        (
            "mean-for-sum",
            "Too small by the number of entries.",
            "Each entry of a sum has the slope 1; yours divides by their "
            "number.", "Σ x: 1 for each, chapter 4 (lst-value-sum)",
            [_engine(("return g.expand(x.shape)",
                      "return g.expand(x.shape) / x.numel()")),
             _engine(("x.sum(dim, keepdim)", "x.mean(dim, keepdim)"))],
        ),
        (
            "sum-for-mean",
            "Too large by the number of entries.",
            "Each entry of a mean has the slope 1/n; yours has 1.",
            "Σ x / n, chapter 4 (lst-value-sum)",
            [_engine(("return self.sum(dim, keepdim) * (1 / n)",
                      "m = self.sum(dim, keepdim)\n"
                      "        m.data = m.data / n\n        return m")),
             _engine(("self.sum(dim, keepdim) * (1 / n)",
                      "self.sum(dim, keepdim)"))],
        ),
        (
            "axis-not-put-back",
            "Raises, or errs without a word where the table is square.",
            "A sum over one axis takes that axis away. The gradient needs "
            "it again before it is spread: `unsqueeze`.",
            "Σ x over an axis, chapter 4 (lst-value-sum)",
            [_engine(("g = g.unsqueeze(dim)", "pass"))],
        ),
    ] for wrong in wrongs
]
