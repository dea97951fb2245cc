"""The catalogue of mistakes of chapter 6, optimizers."""

from toynet.check.mistake import Mistake

MISTAKES = []

_RULES = {
    "sgd": "θ ← θ - η g, chapter 6 (eq-rule-sgd)",
    "momentum": "v ← β v + g, θ ← θ - η v, chapter 6 (eq-rule-momentum)",
    "nesterov": "v ← β v + g, θ ← θ - η (g + β v), chapter 6 "
                "(eq-rule-nesterov)",
    "rmsprop": "s ← α s + (1 - α) g², θ ← θ - η g / (√s + ε), chapter 6 "
               "(eq-rule-rmsprop)",
    "adam": "θ ← θ - η m̂ / (√v̂ + ε), chapter 6 (eq-rule-adam)",
    "adamw": "θ ← (1 - ηλ) θ - η m̂ / (√v̂ + ε), chapter 6 (eq-rule-adamw)",
}
_STEP_OF = {  # the text of the step itself, of which u is the direction
    "sgd": "p - lr * g", "momentum": "p - lr * u", "nesterov": "p - lr * u",
    "rmsprop": "p - lr * u", "adam": "p - lr * u",
}
_LAST = {  # the end of the rule, with the state that it gives back
    "sgd": ("_pairs(params, grads))), None", "_pairs(params, grads)))"),
    "momentum": ("_pairs(params, v))), v", "_pairs(params, v)))"),
    "nesterov": ("_pairs(params, ahead))), v", "_pairs(params, ahead)))"),
    "rmsprop": ("_pairs(params, steps))), s", "_pairs(params, steps)))"),
    "adam": ("return moved, (m, v, t)", "return moved"),
}

MISTAKES += [
    Mistake(f"optimizer-{rule}", code, ((step, wrong.format(step[-1])),),
            seen, message, _RULES[rule])
    for rule, step in _STEP_OF.items()
    for code, wrong, seen, message in (
        ("wrong-sign", "p + lr * {}", "The loss rises.",
         "The step goes uphill: it is added, and has to be subtracted."),
        ("no-rate", "p - {}", "Right for a rate of 1 only.",
         "The rate does not enter the step."),
        ("divided-by-rate", "p - {} / lr", "A small rate makes a huge step.",
         "The step is divided by the rate; multiply."),
        ("only-the-step", "-lr * {}", "The parameters are lost.",
         "This is the step alone, and the parameters are not in it: θ minus "
         "the step is what to return."),
        ("nothing-moves", "p", "What comes out is what went in.",
         "The parameters come back as they were: a new value was given a "
         "name, and the old one is returned."),
        ("rate-twice", "p - lr * lr * {}", "Steps far too short.",
         "The rate enters twice: once in what is kept or summed, and again "
         "in the step. Once is enough."),
        ("shrunk-instead", "p * (1 - lr * {})", "Numbers at 0 never move.",
         "The step is multiplied with the parameter; it is subtracted from "
         "it."),
    )
    if rule in ("sgd", "momentum", "nesterov") or code not in {
        "rate-twice", "shrunk-instead"}
]

MISTAKES += [
    Mistake(f"optimizer-{rule}", "state-not-returned", (_LAST[rule],),
            "The new parameters alone.",
            "A rule returns two things, the new parameters and the state "
            "for the next step, as `return params, state`. Where there is "
            "nothing to remember the state is None.",
            _RULES[rule])
    for rule in _LAST
]

MISTAKES += [
    Mistake(f"optimizer-{rule}", "first-state-is-none", (exchange,),
            "Raises in the first step.",
            "Before the first step there is no state, and None is passed: "
            "ask for it, and start from zeros.",
            _RULES[rule])
    for rule, exchange in {
        "momentum": ("state or _zeros(params)", "state"),
        "nesterov": ("state or _zeros(params)", "state"),
        "rmsprop": ("state or _zeros(params)", "state"),
        "adam": ("state or (_zeros(params), _zeros(params), 0)", "state"),
    }.items()
]

MISTAKES += [
    Mistake(
        "optimizer-sgd", "sign-of-the-slope",
        (("p - lr * g", "p - lr * g.sign()"),),
        "All steps are equally long.",
        "Only the sign of the gradient is used; its size matters as well.",
        _RULES["sgd"],
    ),
    Mistake(
        "optimizer-sgd", "remembers",
        """
def remembers(params, grads, state=None, lr=0.01):
    v = [0.9 * u + g for u, g in zip(state or [0] * 4, grads)]
    return [p - lr * u for p, u in zip(params, v)], v
""",
        "Right in the first step.",
        "Past gradients enter, and that is momentum. Plain descent uses "
        "today's gradient alone.",
        _RULES["sgd"],
    ),
    Mistake(
        "optimizer-sgd", "remembers",
        """
def piles_up(params, grads, state=None, lr=0.01):
    v = [u + g for u, g in zip(state or [0] * 4, grads)]
    return [p - lr * u for p, u in zip(params, v)], v
""",
        "Right in the first step.",
        "The gradients pile up, as in a loop that never clears them. Plain "
        "descent uses today's gradient alone.",
        _RULES["sgd"],
    ),
]

_V = "v = _blend(state or _zeros(params), grads, beta, 1)"

MISTAKES += [
    Mistake(f"optimizer-{rule}", code,
            ((_V if exchange[0] == "v" else exchange[0].replace(
                "DIRECTION", u), exchange[1].replace("DIRECTION", u)),),
            seen, message, _RULES[rule])
    for rule, u in (("momentum", "v"), ("nesterov", "ahead"))
    for code, exchange, seen, message in (
        ("one-minus-beta",
         ("v", "v = _blend(state or _zeros(params), grads, beta, 1 - beta)"),
         "All steps shorter by the same factor.",
         "The gradient enters v with a factor of 1 - β, so the first v is "
         "(1 - β) g; here it is g. A rate found with one is wrong for the "
         "other."),
        ("weights-swapped",
         ("v", "v = _blend(state or _zeros(params), grads, 1 - beta, beta)"),
         "Too short a memory.",
         "β and 1 - β have changed places, and one of them is not needed: "
         "the old v is multiplied by β, the gradient is added as it is."),
        ("weights-swapped",
         ("v", "v = _blend(state or _zeros(params), grads, 1, beta)"),
         "Nothing is forgotten.",
         "β multiplies the gradient; it belongs to the old v."),
        ("weights-swapped",
         ("v", "v = _blend(state or _zeros(params), grads, 1 - beta, 1)"),
         "Too short a memory.",
         "The old v is multiplied by 1 - β; it is multiplied by β."),
        ("nothing-forgotten",
         ("v", "v = _blend(state or _zeros(params), grads, 1, 1)"),
         "Ahead for a while, then far off.",
         "β does not enter, so v is the plain sum of all gradients so far, "
         "and nothing is forgotten."),
        ("decayed-before-use",
         ("v", "v = _blend(state or _zeros(params), grads, beta, beta)"),
         "All steps too short by a factor of β.",
         "v is multiplied by β once more before it is used, so today's "
         "gradient is already decayed. Only the old v is multiplied."),
        ("sign-of-memory",
         ("v", "v = _blend(state or _zeros(params), grads, -beta, 1)"),
         "Right in the first step.",
         "The old v enters with a minus, so the memory works against the "
         "step."),
        ("first-v-zero",
         ("v", "v = _zeros(params) if state is None else _blend("
               "state, grads, beta, 1)"),
         "Nothing moves in the first step.",
         "The first v is 0 and the first gradient is left out; the first v "
         "is g."),
        ("v-stays-at-first",
         ("_pairs(params, DIRECTION))), v",
          "_pairs(params, DIRECTION))), state or v"),
         "Right for two steps.",
         "The state is never updated after the first step: give back the "
         "new v, not the old."),
        ("v-stays-at-first",
         ("v", "v = state or tuple(g.clone() for g in grads)"),
         "Right in the first step.",
         "v is set in the first step and never updated."),
        ("state-lost",
         ("_pairs(params, DIRECTION))), v",
          "_pairs(params, DIRECTION))), None"),
         "Right in the first step; then there is no memory.",
         "Nothing is remembered: v is made anew in each step, or the state "
         "given back is not the new v, or the step takes the gradient and "
         "not v."),
        ("one-step-late",
         ("_pairs(params, DIRECTION)",
          "_pairs(params, state or _zeros(params))"),
         "Nothing moves in the first step.",
         "The step is taken with the old v, and v is updated afterwards. "
         "Update first."),
        ("wrong-state",
         ("_pairs(params, DIRECTION))), v",
          "_pairs(params, DIRECTION))), tuple(grads)"),
         "Right for two steps.",
         "The state that comes back is the last gradient; it has to be v, "
         "which holds all of them."),
        ("wrong-state",
         ("_pairs(params, DIRECTION))), v",
          "_pairs(params, DIRECTION))), tuple(lr * u for u in v)"),
         "Right in the first step.",
         "The state comes back multiplied by the rate, so the rate enters "
         "again in every later step."),
        ("beta-ignored",
         ("v", "v = _blend(state or _zeros(params), grads, 0.9, 1)"),
         "Right for a β of 0.9.",
         "The β that is passed makes no difference: a 0.9 is written into "
         "the rule."),
    )
]

_SHARED = "One v is shared by all parameters: the loop overwrites it, and " \
    "each starts from what the one before left. Keep one v for each."

MISTAKES += [
    Mistake(
        "optimizer-momentum", "state-shared",
        """
def shared(params, grads, state=None, lr=0.01, beta=0.9):
    v, moved = 0 if state is None else state, []
    for p, g in zip(params, grads):
        v = beta * v + g
        moved.append(p - lr * v)
    return moved, v
""",
        "Raises, unless all parameters have one shape.", _SHARED,
        _RULES["momentum"],
    ),
    Mistake(
        "optimizer-momentum", "state-shared",
        """
def first_only(params, grads, state=None, lr=0.01, beta=0.9):
    v = grads[0] if state is None else beta * state + grads[0]
    return [p - lr * v for p in params], v
""",
        "Raises, unless all parameters have one shape.",
        "One v serves all parameters. Keep one for each.",
        _RULES["momentum"],
    ),
    Mistake(
        "optimizer-momentum", "one-minus-beta",
        """
def mean_after_the_first(params, grads, state=None, lr=0.01, beta=0.9):
    v = grads if state is None else [
        beta * u + (1 - beta) * g for u, g in zip(state, grads)]
    return tuple(p - lr * u for p, u in zip(params, v)), v
""",
        "Right in the first step, then too short.",
        "From the second step on the gradient enters v with a factor of "
        "1 - β. It is added as it is, as in the first step.",
        _RULES["momentum"],
    ),
    *(Mistake(
        "optimizer-momentum", "rate-ignored",
        (("p - lr * u", f"p - {rate} * u"),),
        "Right for one rate.",
        f"The rate that is passed makes no difference: a {rate} is written "
        "into the rule.",
        _RULES["momentum"],
    ) for rate in (0.1, 0.03)),
    Mistake(
        "optimizer-momentum", "looks-ahead",
        (("_pairs(params, v)", "_pairs(params, _blend(v, grads, beta, 1))"),),
        "Steps of another rule.",
        "The step is g + β v, which is Nesterov's. Momentum's is v.",
        _RULES["momentum"],
    ),
    Mistake(
        "optimizer-momentum", "state-of-the-last",
        """
def last_only(params, grads, state=None, lr=0.01, beta=0.9):
    moved = []
    for i, (p, g) in enumerate(zip(params, grads)):
        v = g if state is None else beta * state[i] + g
        moved.append(p - lr * v)
    return moved, v
""",
        "Right in the first step, then it raises.",
        "The state that comes back is the v of the last parameter alone. "
        "Collect all of them, as you collect the new parameters.",
        _RULES["momentum"],
    ),
    Mistake(
        "optimizer-momentum", "state-of-the-last",
        """
def last_for_all(params, grads, state=None, lr=0.01, beta=0.9):
    moved = []
    for p, g in zip(params, grads):
        v = g if state is None else beta * state + g
        moved.append(p - lr * v)
    return moved, v
""",
        "Right in the first step, then it raises.",
        "The state that comes back is the v of the last parameter alone, "
        "and serves all of them. Keep one for each.",
        _RULES["momentum"],
    ),
    Mistake(
        "optimizer-momentum", "beta-not-in-the-step",
        (("_pairs(params, v)",
          "_pairs(params, _blend(state or _zeros(params), grads, 1, 1))"),),
        "Right in the first step.",
        "The step is g plus the old v, undecayed. It is the new v, in which "
        "the old one is multiplied by β.",
        _RULES["momentum"],
    ),
    Mistake(
        "optimizer-momentum", "biases-left-out",
        ((_V, _V + "\n    v = tuple(u if u.dim() == 2 else g "
                   "for u, g in _pairs(v, grads))"),),
        "Weights right, biases wrong from the second step on.",
        "Only the weights have momentum; the biases have it, too.",
        _RULES["momentum"],
    ),
    Mistake(
        "optimizer-momentum", "parameters-decayed",
        (("p - lr * u", "beta * p - lr * u"),),
        "Parameters that shrink.",
        "β multiplies the parameters as well; it belongs to the old v "
        "alone.",
        _RULES["momentum"],
    ),
    Mistake(
        "optimizer-momentum", "gradient-twice",
        (("_pairs(params, v)", "_pairs(params, _blend(v, grads, 1, 1))"),),
        "The first step is twice as long.",
        "The gradient is in v already, and the step adds it again.",
        _RULES["momentum"],
    ),
    Mistake(
        "optimizer-momentum", "order-of-results",
        (("return _like(params, (p - lr * u for p, u in _pairs(params, v)))"
          ", v", "return v, _like(params, (p - lr * u for p, u in _pairs("
          "params, v)))"),),
        "The parameters look like gradients.",
        "The state comes first and the parameters second; turn them round.",
        _RULES["momentum"],
    ),
    Mistake(
        "optimizer-nesterov", "no-look-ahead",
        (("ahead = _blend(v, grads, beta, 1)", "ahead = v"),),
        "Steps of another rule.",
        "This is plain momentum. If you wrote g + β v with the old v, that "
        "is the new v, no more: the look ahead takes the new one.",
        _RULES["nesterov"],
    ),
    Mistake(
        "optimizer-nesterov", "old-v-ahead",
        (("ahead = _blend(v, grads, beta, 1)",
          "ahead = _blend(state or _zeros(params), v, beta, 1)"),),
        "The first step is too short.",
        "The step is the new v plus β times the old one. It is the gradient "
        "plus β times the new v.",
        _RULES["nesterov"],
    ),
    Mistake(
        "optimizer-nesterov", "v-for-gradient",
        (("ahead = _blend(v, grads, beta, 1)",
          "ahead = _blend(v, v, beta, 1)"),),
        "Right in the first step.",
        "The step is v + β v; its first term is the gradient, not v.",
        _RULES["nesterov"],
    ),
    Mistake(
        "optimizer-nesterov", "look-ahead-undecayed",
        (("ahead = _blend(v, grads, beta, 1)",
          "ahead = _blend(v, grads, 1, 1)"),),
        "Steps too long.",
        "The step is g + v; the β in front of v is missing.",
        _RULES["nesterov"],
    ),
    Mistake(
        "optimizer-nesterov", "look-ahead-kept",
        (("_pairs(params, ahead))), v", "_pairs(params, ahead))), ahead"),),
        "Right in the first step.",
        "What comes back as the state is the step, g + β v. The state is v.",
        _RULES["nesterov"],
    ),
]

_S = "s = _blend(state or _zeros(params), squares, alpha, 1 - alpha)"
_ROOT = "g / (r.sqrt() + eps)"
_SQUARES = "squares = tuple(g * g for g in grads)"

MISTAKES += [
    Mistake("optimizer-rmsprop", code, wrong, seen, message,
            _RULES["rmsprop"])
    for code, wrong, seen, message in (
        ("no-one-minus-alpha", ((_S, _S.replace("1 - alpha", "1")),),
         "Steps too short.",
         "The squares enter with a factor of 1; in a mean they have one of "
         "1 - α."),
        ("nothing-forgotten", ((_S, _S.replace("alpha, 1 - alpha", "1, 1")),),
         "Steps that get shorter and shorter.",
         "The squares are summed, and none is forgotten: that is Adagrad. "
         "Here s is a running mean."),
        ("weights-swapped",
         ((_S, _S.replace("alpha, 1 - alpha", "1 - alpha, alpha")),),
         "Too short a memory.",
         "α and 1 - α have changed places: the old s is multiplied by α."),
        ("alpha-ignored",
         ((_S, _S.replace("alpha, 1 - alpha", "0.99, 1 - 0.99")),),
         "Right for an α of 0.99.",
         "The α that is passed makes no difference: a 0.99 is written into "
         "the rule."),
        ("root-forgotten", ((_ROOT, "g / (r + eps)"),),
         "Large gradients make short steps.",
         "The gradient is divided by the mean square; its root is missing."),
        ("eps-inside-root", ((_ROOT, "g / (r + eps).sqrt()"),),
         "Off where gradients are small.",
         "ε is added under the root; it is added to the root."),
        ("eps-forgotten", ((_ROOT, "g / r.sqrt()"),),
         "NaN where all gradients have been 0.",
         "There is no ε in the quotient, so 0 is divided by 0 where a "
         "gradient has always been 0."),
        ("gradient-forgotten", ((_ROOT, "1 / (r.sqrt() + eps)"),),
         "All steps have the same sign.",
         "The numerator is 1; it is the gradient."),
        ("multiplied", ((_ROOT, "g * (r.sqrt() + eps)"),),
         "Large gradients make huge steps.",
         "The gradient is multiplied by the root; it is divided by it."),
        ("squares-forgotten", ((_SQUARES, "squares = tuple(grads)"),),
         "NaN wherever a mean is negative.",
         "s is a mean of gradients, and a root is taken of negative "
         "numbers. It is a mean of their squares."),
        ("squares-forgotten",
         ((_SQUARES, "squares = tuple(g.abs() for g in grads)"),),
         "Steps of another length.",
         "s is a mean of sizes; it is a mean of squares."),
        ("square-of-the-mean",
         ((_SQUARES, "squares = tuple(grads)"),
          (_ROOT, "g / (r.abs() + eps)")),
         "Huge steps where gradients change sign.",
         "The mean is taken first and squared then. It is the other way "
         "round: the mean of the squares."),
        ("mean-over-entries",
         ((_SQUARES, "squares = tuple((g * g).mean().expand_as(g) "
                     "for g in grads)"),),
         "One scale for all entries of a tensor.",
         "The squares are averaged over the entries of a tensor; each "
         "entry keeps its own, and the mean is over the steps."),
        ("state-lost", ((_LAST["rmsprop"][0],
                         _LAST["rmsprop"][1] + ", None"),),
         "Right in the first step.",
         "Every step starts from an s of 0: the state given back is not the "
         "new s."),
        ("v-stays-at-first", ((_LAST["rmsprop"][0],
                               _LAST["rmsprop"][1] + ", state or s"),),
         "Right for two steps.",
         "The state is never updated after the first step: give back the "
         "new s, not the old."),
        ("one-step-late",
         (("_pairs(grads, s)", "_pairs(grads, state or _zeros(params))"),),
         "Huge first steps.",
         "The step is taken with the old s, and s is updated afterwards. "
         "Update first."),
        ("first-s-is-square",
         ((_S, "s = squares if state is None else _blend("
               "state, squares, alpha, 1 - alpha)"),),
         "Short first steps.",
         "The first s is g²; it is (1 - α) g², since s starts at 0."),
        ("correction-not-due",
         ((_S, "old, t = state or (None, 0)\n    t = t + 1\n    "
               "s = _blend(old or _zeros(params), squares, alpha, "
               "1 - alpha)"),
          (_ROOT, "g / ((r / (1 - alpha**t)).sqrt() + eps)"),
          (_LAST["rmsprop"][0], _LAST["rmsprop"][1] + ", (s, t)")),
         "Short first steps.",
         "s is corrected for its start at 0. Adam does that, RMSprop does "
         "not."),
    )
]

_M_HAT = "(a / (1 - beta1**t))"
_V_HAT = "(b / (1 - beta2**t)).sqrt() + eps"
_COUNT = "t = t + 1"
_MEAN = "m = _blend(m, grads, beta1, 1 - beta1)"
_SQUARE = "v = _blend(v, tuple(g * g for g in grads), beta2, 1 - beta2)"
_GIVEN = "return moved, (m, v, t)"
_BIAS = "chapter 6 (eq-bias-correction)"
_ALONE = ("steps = (", "steps = \\\n    (")  # can be made once only
_RARE = {  # not tried two at a time, of which there would be too many
    "betas-swapped", "corrected-means-kept", "correction-multiplied",
    "correction-outside-root", "count-ahead", "count-times-beta",
    "gradient-for-m", "mean-over-entries", "means-not-kept",
    "one-step-late", "squares-forgotten", "state-order",
    "variance-for-square", "weights-swapped", "eps-too-early",
}

MISTAKES += [
    Mistake("optimizer-adam", code,
            (*wrong, _ALONE) if code in _RARE else wrong, seen, message,
            _BIAS if "correct" in code + message else _RULES["adam"])
    for code, wrong, seen, message in (
        ("no-correction", ((_M_HAT, "a"), (_V_HAT, "b.sqrt() + eps")),
         "First steps of the wrong length.",
         "Neither mean is corrected for its start at 0: divide m by "
         "1 - β1ᵗ and v by 1 - β2ᵗ."),
        ("no-correction-of-m", ((_M_HAT, "a"),),
         "First steps too short.",
         "m is not corrected for its start at 0: divide it by 1 - β1ᵗ."),
        ("no-correction-of-v", ((_V_HAT, "b.sqrt() + eps"),),
         "First steps too long.",
         "v is not corrected for its start at 0: divide it by 1 - β2ᵗ."),
        ("count-starts-at-zero",
         ((_COUNT, "t = t + 0"), (_GIVEN, "return moved, (m, v, t + 1)")),
         "NaN in the first step, or a division by zero.",
         "In the first step t is 0, and the correction divides by "
         "1 - β⁰ = 0. Count first: t is 1 in the first step."),
        ("count-stands-still", ((_COUNT, "t = 1"),),
         "Right in the first step.",
         "The correction stays what it was at the start: t is 1 in every "
         "step, or missing from 1 - βᵗ. The count is a part of the state."),
        ("count-ahead", ((_COUNT, "t = t + (2 if t == 0 else 1)"),),
         "First steps of the wrong length.",
         "The correction is one step ahead: t is 2 in the first step; it "
         "has to be 1."),
        ("count-ahead",
         (("for a, b in _pairs(m, v)",
           "for t, (a, b) in enumerate(_pairs(m, v), len(m) * (t - 1) + 1)"
           ),),
         "Right for the first parameter in the first step.",
         "t is counted up for every parameter; count the steps, once for "
         "all of them. Otherwise the correction runs ahead."),
        ("count-times-beta",
         ((_M_HAT, "(a / (1 - beta1 * t))"),
          (_V_HAT, "(b / (1 - beta2 * t)).sqrt() + eps")),
         "Right in the first step, then NaN or far off.",
         "The correction has β times t; it is β to the power of t."),
        ("betas-swapped",
         ((_MEAN, _MEAN.replace("beta1", "beta2")),
          (_SQUARE, _SQUARE.replace("beta2", "beta1")),
          (_M_HAT, _M_HAT.replace("beta1", "beta2")),
          (_V_HAT, _V_HAT.replace("beta2", "beta1"))),
         "Right in the first step.",
         "β1 and β2 have changed places: β1 is m's, β2 is v's."),
        ("betas-swapped",
         ((_MEAN, _MEAN.replace("beta1", "beta2")),
          (_SQUARE, _SQUARE.replace("beta2", "beta1"))),
         "First steps of the wrong length.",
         "β1 and β2 have changed places in the two means: β1 is m's, β2 is "
         "v's."),
        ("betas-swapped",
         ((_M_HAT, _M_HAT.replace("beta1", "beta2")),
          (_V_HAT, _V_HAT.replace("beta2", "beta1"))),
         "First steps of the wrong length.",
         "β1 and β2 have changed places in the corrections: β1 is m's, β2 "
         "is v's."),
        ("betas-swapped", ((_M_HAT, _M_HAT.replace("beta1", "beta2")),),
         "First steps of the wrong length.",
         "m is corrected with β2; its own is β1."),
        ("betas-swapped", ((_V_HAT, _V_HAT.replace("beta2", "beta1")),),
         "First steps of the wrong length.",
         "v is corrected with β1; its own is β2."),
        ("correction-multiplied",
         ((_M_HAT, "(a * (1 - beta1**t))"),
          (_V_HAT, "(b * (1 - beta2**t)).sqrt() + eps")),
         "First steps of the wrong length.",
         "The means are multiplied by 1 - βᵗ; they are divided by it."),
        ("variance-for-square",
         ((_SQUARE, _SQUARE.replace(
             "g * g for g in grads",
             "(g - a) ** 2 for g, a in _pairs(grads, m)")),),
         "Steps too long.",
         "v is the mean of (g - m)²; it is that of g², with no mean taken "
         "off."),
        ("squares-forgotten",
         ((_SQUARE, _SQUARE.replace("g * g for", "g.abs() for")),),
         "Steps of another length.",
         "v is a mean of sizes; it is a mean of squares."),
        ("betas-swapped", ((_SQUARE, _SQUARE.replace("beta2", "beta1")),),
         "Steps of the wrong length.",
         "v is computed with β1; β2 is v's."),
        ("weights-swapped",
         ((_MEAN, "m = _blend(m, grads, 1 - beta1, beta1)"),),
         "Steps of the wrong length.",
         "In m the weights have changed places: the old m is multiplied by "
         "β1, the gradient by 1 - β1."),
        ("weights-swapped",
         ((_SQUARE, _SQUARE.replace("beta2, 1 - beta2", "1 - beta2, beta2")),
          ),
         "Steps of the wrong length.",
         "In v the weights have changed places: the old v is multiplied by "
         "β2, the square by 1 - β2."),
        ("no-one-minus-beta",
         ((_MEAN, _MEAN.replace("1 - beta1", "1")),),
         "Steps too long.",
         "The gradient enters m with a factor of 1, as in momentum; in a "
         "mean it has one of 1 - β1."),
        ("no-one-minus-beta",
         ((_SQUARE, _SQUARE.replace("1 - beta2", "1")),),
         "Steps too short.",
         "The square enters v with a factor of 1; in a mean it has one of "
         "1 - β2."),
        ("root-forgotten", ((_V_HAT, "(b / (1 - beta2**t)) + eps"),),
         "Large gradients make short steps.",
         "The step is divided by the mean square; its root is missing."),
        ("eps-inside-root", ((_V_HAT, "(b / (1 - beta2**t) + eps).sqrt()"),),
         "Off where gradients are small.",
         "ε is added under the root; it is added to the root."),
        ("eps-forgotten", ((_V_HAT, "(b / (1 - beta2**t)).sqrt()"),),
         "NaN where all gradients have been 0.",
         "There is no ε in the quotient, so 0 is divided by 0 where a "
         "gradient has always been 0."),
        ("eps-too-early",
         ((_V_HAT, "(b.sqrt() + eps) / (1 - beta2**t) ** 0.5"),),
         "Off where gradients are small.",
         "ε is added before v is corrected. The paper has this shorter "
         "form, too, in which ε means another number; in the rule here it "
         "is added to √v̂."),
        ("correction-outside-root",
         ((_V_HAT, "b.sqrt() / (1 - beta2**t) + eps"),),
         "First steps too short.",
         "The correction 1 - β2ᵗ stands outside of the root; divide v by it "
         "and take the root then."),
        ("square-of-the-mean",
         ((_SQUARE, _SQUARE.replace("in grads", "in m")),),
         "Steps of the wrong length.",
         "v is made of the squares of m; it is the mean of the squared "
         "gradients."),
        ("square-of-the-mean",
         ((_SQUARE, "v = _blend(v, grads, beta2, 1 - beta2)"),
          (_V_HAT, "(b / (1 - beta2**t)).abs() + eps")),
         "Huge steps where gradients change sign.",
         "The mean is taken first and squared then. It is the other way "
         "round: the mean of the squares."),
        ("squares-forgotten",
         ((_SQUARE, "v = _blend(v, grads, beta2, 1 - beta2)"),),
         "NaN wherever a mean is negative.",
         "v is a mean of gradients, and a root is taken of negative "
         "numbers. It is a mean of their squares."),
        ("mean-over-entries",
         ((_SQUARE, _SQUARE.replace(
             "g * g for", "(g * g).mean().expand_as(g) for")),),
         "One scale for all entries of a tensor.",
         "The squares are averaged over the entries of a tensor; each "
         "entry keeps its own, and the mean is over the steps."),
        ("gradient-for-m",
         ((_M_HAT, "a"), ("for a, b in _pairs(m, v)",
                          "for a, b in _pairs(grads, v)")),
         "Right in the first step.",
         "The step has the gradient on top, not its mean m̂: that is "
         "RMSprop, corrected."),
        ("one-step-late",
         (("m, v, t = state or", "m, v, t = old = state or"),
          ("for a, b in _pairs(m, v)", "for a, b in _pairs(*old[:2])")),
         "Nothing moves in the first step.",
         "The step is taken with the old m and v, which are updated "
         "afterwards. Update first."),
        ("state-lost", ((_GIVEN, "return moved, None"),),
         "Right in the first step; then all steps are equally long.",
         "Every step starts from zeros: the state given back is not the new "
         "one."),
        ("means-not-kept",
         ((_GIVEN, "return moved, (_zeros(params), _zeros(params), t)"),),
         "Right in the first step.",
         "The count goes on and the means start from 0 in every step: give "
         "back the new m and v."),
        ("means-not-kept",
         ((_GIVEN, "return moved, (m, _zeros(params), t)"),),
         "Right in the first step.",
         "v starts from 0 in every step: give back the new one."),
        ("means-not-kept",
         ((_GIVEN, "return moved, (_zeros(params), v, t)"),),
         "Right in the first step.",
         "m starts from 0 in every step: give back the new one."),
        ("corrected-means-kept",
         ((_GIVEN, "m = tuple(a / (1 - beta1**t) for a in m)\n    "
                   "v = tuple(b / (1 - beta2**t) for b in v)\n    "
                   + _GIVEN),),
         "Right in the first step.",
         "m̂ and v̂ are kept as the state. Keep m and v; the correction is "
         "for the step alone."),
        ("state-order", ((_GIVEN, "return moved, (v, m, t)"),),
         "Right in the first step.",
         "The state comes back with m and v in another order than it is "
         "read in."),
    )
]

_ADAM = "adam(shrunk, grads, state, lr, beta1, beta2, eps)"
_SHRINK = "1 - lr * weight_decay"

MISTAKES += [
    m._replace(exercise="optimizer-adamw") for m in MISTAKES
    if m.exercise == "optimizer-adam" and m.code not in {
        "count-times-beta", "state-order"}
] + [
    Mistake("optimizer-adamw", code, wrong, seen, message, _RULES["adamw"])
    for code, wrong, seen, message in (
        ("decay-in-the-gradient",
         ((_ADAM, "adam(params, [g + weight_decay * p for p, g in _pairs("
                  "params, grads)], state, lr, beta1, beta2, eps)"),),
         "Steps of another rule.",
         "The decay is added to the gradient and divided by the root with "
         "it: that is Adam with L2. In AdamW it stays outside."),
        ("decay-twice",
         ((_ADAM, "adam(shrunk, [g + weight_decay * p for p, g in _pairs("
                  "params, grads)], state, lr, beta1, beta2, eps)"),),
         "Too much decay.",
         "The decay is in the gradient and outside of it. Outside is "
         "enough."),
        ("decay-without-rate", ((_SHRINK, "1 - weight_decay"),),
         "Too much decay.",
         "The decay does not have the rate in it: shrink by 1 - ηλ."),
        ("decay-after-step",
         (("return " + _ADAM,
           "moved, state = adam(params, grads, state, lr, beta1, beta2, eps)"
           "\n    return _like(params, (p * (1 - lr * weight_decay) for p in "
           "moved)), state"),),
         "Nearly right.",
         "The decay comes after the step, and shrinks the step as well. "
         "Shrink first."),
        ("decay-sign", ((_SHRINK, "1 + lr * weight_decay"),),
         "The parameters grow.",
         "The decay has the wrong sign, and the parameters grow."),
        ("no-decay", ((_SHRINK, "1"),),
         "Adam's numbers.",
         "There is no decay in it: this is Adam."),
        ("rate-forgotten-in-the-sum", ((_SHRINK, "lr * weight_decay"),),
         "The parameters nearly vanish.",
         "The parameters are multiplied by ηλ; they are multiplied by "
         "1 - ηλ."),
        ("decay-squared", ((_SHRINK, "1 - (lr * weight_decay) ** 2"),),
         "Too little decay.",
         "The factor is 1 - (ηλ)²; it is 1 - ηλ."),
    )
]

_PENCIL = "m̂ = m / (1 - β1ᵗ), v̂ = v / (1 - β2ᵗ), chapter 6 (eq-rule-adam)"
_M2 = "m = beta1 * (1 - beta1) * 1 + (1 - beta1) * -1"
_V2 = "v = beta2 * (1 - beta2) * 1 + (1 - beta2) * 1"
_LENGTH = "return -m_hat / v_hat**0.5"

MISTAKES += [
    Mistake("adam_step", code, wrong, seen, message, look)
    for code, wrong, seen, message, look in (
        ("no-correction",
         (("m / (1 - beta1**2)", "m"), ("v / (1 - beta2**2)", "v")),
         "More than a fifth.",
         "Neither mean is corrected: m is divided by 1 - β1², v by 1 - β2².",
         _BIAS),
        ("no-correction-of-m", (("m / (1 - beta1**2)", "m"),),
         "A hundredth.",
         "m is not corrected: divide it by 1 - β1².", _BIAS),
        ("no-correction-of-v", (("v / (1 - beta2**2)", "v"),),
         "More than 1.",
         "v is not corrected: divide it by 1 - β2². Two squares of 1 must "
         "have a mean of 1.", _BIAS),
        ("count-stands-still",
         (("beta1**2", "beta1"), ("beta2**2", "beta2")),
         "Too large by a third.",
         "The correction is that of the first step; in the second the power "
         "is 2.", _BIAS),
        ("count-stands-still", (("beta1**2", "beta1"),),
         "A tenth.",
         "m is corrected as in the first step, by 1 - β1; in the second the "
         "power is 2.", _BIAS),
        ("betas-swapped", ((_M2, "beta1, beta2 = beta2, beta1\n    " + _M2),),
         "Next to nothing.",
         "β1 and β2 have changed places: m goes with β1, 0.9.", _PENCIL),
        ("direction-for-length", ((_LENGTH, "return m_hat / v_hat**0.5"),),
         "A negative number.",
         "The number is right but for its sign. A length is positive; which "
         "way the step goes is the other half of the question: up, since m̂ "
         "is negative and the step is subtracted.", _PENCIL),
        ("same-as-the-first", ((_LENGTH, "return 1.0"),),
         "A whole rate.",
         "The second step would be as long as the first if m were made of "
         "the last gradient alone, or if both gradients were 1. They are 1 "
         "and -1, and m remembers both.", _PENCIL),
        ("they-cancel", ((_LENGTH, "return 0.0"),),
         "No step at all.",
         "The gradients 1 and -1 would cancel if they had equal weights. In "
         "m the older one has been multiplied by β1 once more.", _PENCIL),
        ("weights-swapped",
         ((_M2, "m = (1 - beta1) * beta1 * 1 + beta1 * -1"),),
         "Several rates long.",
         "In m the old mean is multiplied by β1 and the gradient by 1 - β1; "
         "here it is the other way round.", _PENCIL),
        ("corrected-mean-kept",
         ((_M2, "m = beta1 * 1 + (1 - beta1) * -1"),
          (_V2, "v = beta2 * 1 + (1 - beta2) * 1")),
         "Less than a fifth, the wrong way.",
         "The second step starts from m̂ and v̂; it starts from m and v. The "
         "correction is for the step alone.", _PENCIL),
        ("corrected-mean-kept",
         ((_M2, "m = -(beta1 * 1 + (1 - beta1) * -1)"),
          (_V2, "v = beta2 * 1 + (1 - beta2) * 1")),
         "Less than a fifth.",
         "The second step starts from m̂ and v̂; it starts from m and v. The "
         "correction is for the step alone.", _PENCIL),
        ("corrected-mean-kept", ((_M2, "m = -(2 * beta1 - 1)"),),
         "Several rates long.",
         "m₂ starts from m̂₁, which is 1; it starts from m₁, which is "
         "1 - β1.", _PENCIL),
        ("no-one-minus-beta", ((_M2, "m = beta1 * 1 + -1"),),
         "Half a rate.",
         "The gradients enter m with a factor of 1; in a mean it is one of "
         "1 - β1.", _PENCIL),
        ("where-it-ends", ((_LENGTH, "return -1 - m_hat / v_hat**0.5"),),
         "Nearly -1.",
         "This is where the parameter stands after two steps from 0. The "
         "question is how long the second step is.", _PENCIL),
        ("where-it-ends", ((_LENGTH, "return 1 + m_hat / v_hat**0.5"),),
         "Nearly 1.",
         "This is how far the parameter is from its start after two steps. "
         "The question is how long the second step is.", _PENCIL),
        ("upside-down", ((_LENGTH, "return -v_hat**0.5 / m_hat"),),
         "Nineteen.",
         "The ratio is the other way up: this is the first step divided by "
         "the second.", _PENCIL),
        ("rate-left-in", ((_LENGTH, "return -0.001 * m_hat / v_hat**0.5"),),
         "Next to nothing.",
         "The rate is still in it. In units of the rate means divided by "
         "it.", _PENCIL),
        ("in-percent", ((_LENGTH, "return -100 * m_hat / v_hat**0.5"),),
         "More than five rates.",
         "The number is in percent; divide it by 100.", _PENCIL),
        ("rounded-too-far", ((_LENGTH, "return 0.053"),),
         "Nearly right.",
         "It looks right and is rounded: four decimals tell it from its "
         "neighbours.", _PENCIL),
        ("rounded-too-far", ((_LENGTH, "return 0.05"),),
         "Nearly right.",
         "This may be the right number, rounded, or half of 1 - β1. Four "
         "decimals tell.", _PENCIL),
    )
]

_GOAL = "the goal, and what fails, chapter 6 (fig-spikes)"
_START = "a new start, chapter 6 (eq-restarts)"
_PIECES = """
import torch
from toynet.data import generate_data
from toynet.model import ToyModel, from_params
from toynet.net import Params, forward

NARROW = Params(
    torch.tensor([[7.6, -8.4, -6.6], [2.3, 5.3, -3.6], [-2.3, -12.0, 12.9]]),
    torch.tensor([2.1, 5.4, -7.2]),
    torch.tensor([[4.2, 4.8], [-23.4, 2.3], [7.4, 13.8]]),
    torch.tensor([-22.8, -37.7]),
)
"""
_FAR = "Leave this start, whatever the rate: more than half of the starts " \
    "fail. Take another (another seed, a new model, a new optimizer), and " \
    "go on until one arrives."

MISTAKES += [
    Mistake("training", code, _PIECES + wrong, seen, message, look)
    for code, wrong, seen, message, look in (
        ("not-a-number", """
def model(X):
    return forward(X, NARROW).y_hat * torch.nan
""", "The loss is NaN.",
         "A run that has come to NaN does not come back: the rate was too "
         "large, or something was divided by 0. Lower the rate and take a "
         "new start.", _START),
        ("logits", """
def model(X):
    return forward(X, NARROW).z2
""", "Outputs below 0 and above 1.",
         "The model gives numbers below 0 and above 1: the last line, "
         "σ(z2), is missing. If your loss takes the sigmoid itself, put one "
         "behind the model before you hand it in.", "y_hat = σ(z2), chapter "
         "2 (eq-y_hat)"),
        ("labels-flipped", """
def model(X):
    return 1 - forward(X, NARROW).y_hat
""", "Every answer is wrong, and sure.",
         "The answers are the opposite of the labels: trained on 1 - Y, or "
         "the loss was made as large as possible.", _GOAL),
        ("columns-swapped", """
def model(X):
    return forward(X, NARROW).y_hat.flip(1)
""", "Right for points whose labels agree.",
         "The two answers have changed places: y1 is the first column, y2 "
         "the second.", _GOAL),
        ("one-output-twice", """
def model(X):
    return forward(X, NARROW).y_hat[:, :1].expand(len(X), 2)
""", "Right for one of the labels.",
         "Both answers are the same for every point. Two labels need two "
         "outputs; a single one is broadcast.", _GOAL),
        ("constant", """
def model(X):
    return torch.tensor([[0.35, 0.6]]).expand(len(X), 2)
""", "One answer, whatever the point.",
         "The answer does not depend on the point: all hidden units are "
         "silent, or the outputs are saturated. " + _FAR, _START),
        ("not-trained", """
def model(X):
    return 0.5 + 0.1 * torch.tanh(X[:, :2])
""", "All outputs near one half.",
         "All outputs lie near one half, as they do before training. Was it "
         "this model whose parameters the optimizer was given, and did the "
         "loop run, with a rate that is not tiny? `fit` changes the model "
         "in place.", "the loop, chapter 6 (lst-fit)"),
        ("other-points", """
def model(X):
    return torch.sigmoid(20 * X[:, 1:])
""", "Sure of itself, and wrong.",
         "The model is sure of itself, and no better on the twenty points "
         "than on any others: it has been trained on other points, or with "
         "labels in another order, or a rate far too large has thrown it "
         "off. The twenty are the first that a generator with seed 0 "
         "gives.", _GOAL),
        ("unfinished", """
def model(X):
    Y = generate_data(20, torch.Generator().manual_seed(0))[1]
    return 0.5 + 0.3 * (forward(X, NARROW).y_hat - 0.5)
""", "A loss that still falls.",
         "This run has not failed, it has not ended: take more steps, or a "
         "larger rate.", "three runs, chapter 6 (fig-one-start)"),
        ("dead-units", """
model = from_params(Params(
    torch.tensor([[-6.4, -0.1, 2.6, 1.6],
                  [1.0, 0.1, 5.8, -8.4],
                  [-3.0, -0.0, 1.8, 3.1]]),
    torch.tensor([-3.0, -0.6, -4.9, -4.6]),
    torch.tensor([[-5.9, 2.5],
                  [0.0, 0.2],
                  [4.4, 11.3],
                  [9.9, 4.7]]),
    torch.tensor([-6.9, -6.8]),
))
""", "A unit that is 0 on every point.",
         "No gradient reaches a unit that is silent on all points, so it "
         "stays so, and a smaller network is left. " + _FAR, _START),
        ("stuck", """
model = from_params(Params(
    torch.tensor([[1.5, -5.5, 1.1, -5.9],
                  [-1.1, 3.4, -5.9, 4.1],
                  [5.5, -1.1, -9.9, 8.2]]),
    torch.tensor([1.7, 6.8, -3.2, -3.5]),
    torch.tensor([[2.7, -8.3],
                  [-6.4, -4.3],
                  [1.5, 10.0],
                  [4.6, 10.2]]),
    torch.tensor([-1.5, -5.0]),
))
""", "A loss that has stopped above the goal.",
         "These answers are wrong and sure, or tied; the sigmoid is flat "
         "there and passes nothing back, so more steps hardly help. "
         + _FAR, _START),
        ("stuck", """
def model(X):
    y_hat = forward(X, NARROW).y_hat
    return (y_hat - (X[:, :1] > 1.5).float()).abs()
""", "A loss that has stopped above the goal.",
         "These answers are wrong and sure, or tied; the sigmoid is flat "
         "there and passes nothing back, so more steps hardly help. "
         + _FAR, _START),
        ("not-yet-called", """
def train_below(target, seeds, steps):
    return ToyModel(), 1
""", "A function of other arguments.",
         "This is a function that does not take X alone. Hand in what your "
         "function returns: call it, and pass on the model.", _GOAL),
    )
]

_COST = "steps of a run over the share of arrivals, chapter 6 (eq-restarts)"
_GOOD = "good = (arrived >= 0) & (arrived <= T)"
_PAID = "paid = torch.where(good, arrived, T).double()"
_RATIO = "return paid.sum() / good.sum()"

MISTAKES += [
    Mistake("expected_steps", code, wrong, seen, message, _COST)
    for code, wrong, seen, message in (
        ("never-counts-as-arrival", ((_GOOD, "good = arrived <= T"),),
         "Far too few steps.",
         "A -1 means never, and it is not above T: it is counted here as an "
         "arrival at step -1."),
        ("never-counts-as-arrival",
         ((_GOOD, "good = arrived <= T"),
          (_PAID, "paid = torch.where(arrived >= 0, arrived, T)"
                  ".clamp(max=T).double()")),
         "Too few steps.",
         "A -1 means never, and it is not above T: these runs are counted "
         "among the arrivals."),
        ("never-counts-as-arrival", ((_GOOD, "good = arrived < T"),),
         "Far too few steps.",
         "A -1 means never, and it is below T: it is counted here as an "
         "arrival at step -1. And a run that arrives at T has arrived."),
        ("failures-cost-nothing", ((_PAID, _PAID.replace(", T)", ", 0)")),),
         "Too few steps.",
         "The runs that were given up are left out of the cost. Each of "
         "them has cost T steps."),
        ("arrivals-alone",
         ((_RATIO, "return paid[good].mean() / (good.sum() / len(good))"),),
         "Too few steps.",
         "The cost is averaged over the arrivals alone. A run that is given "
         "up costs T steps, and enters the average."),
        ("arrivals-alone",
         ((_RATIO, "return arrived[arrived >= 0].double().mean()"),),
         "Far too few steps.",
         "This is how long an arrival takes. Before it there are runs that "
         "are given up, and each costs T."),
        ("limit-ignored",
         ((_RATIO, "return paid.sum() / (arrived >= 0).sum()"),),
         "Too few steps, if T is small.",
         "The share of arrivals counts those that come after T. They have "
         "been given up by then."),
        ("one-run-only", ((_RATIO, "return paid.mean()"),),
         "Never above T.",
         "This is what one run costs. It may fail, and then there is "
         "another: divide by the share of arrivals."),
        ("times-for-divided",
         ((_RATIO, "return paid.mean() * good.sum() / len(good)"),),
         "Far too few steps.",
         "The cost of a run is multiplied by the share of arrivals; 1/p "
         "runs are needed, so it is divided."),
        ("limit-ignored", ((_GOOD, "good = arrived >= 0"),),
         "Too few steps, if T is small.",
         "A run that arrives after T is counted as an arrival. It has been "
         "given up by then."),
        ("late-runs-go-on",
         ((_PAID, _PAID.replace("good,", "arrived >= 0,")),),
         "Too many steps, if T is small.",
         "A run that would arrive after T is charged with all its steps. It "
         "is given up at T, and costs T."),
        ("arrivals-cost-all", ((_PAID, "paid = T * torch.ones(len(good))"),),
         "Too many steps.",
         "Every run is charged with T steps. One that arrives earlier stops "
         "there."),
        ("strictly-before", ((_GOOD, _GOOD.replace("<= T", "< T")),),
         "Off where a run arrives at step T itself.",
         "A run that arrives at step T has arrived: the comparison is <=."),
        ("runs-not-steps", ((_RATIO, "return len(good) / good.sum()"),),
         "A small number.",
         "This is the number of runs, 1/p. Each costs steps, and these are "
         "asked for."),
        ("full-length-failures",
         ((_PAID, _PAID.replace("arrived, T)", "arrived, 1200)")),),
         "Right for a T of 1200.",
         "A run that is given up is charged with 1200 steps; it costs T."),
        ("full-length-failures",
         ((_PAID, _PAID.replace("arrived, T)", "arrived, arrived.max())")),),
         "Off for most T.",
         "A run that is given up is charged with the steps of the slowest "
         "arrival; it costs T."),
        ("failure-too-many",
         ((_RATIO, "return paid[good].mean() + T * len(good) / good.sum()"),
          ),
         "Too many by T.",
         "1/p is the number of all runs, the last one with them. The number "
         "of failures before it is 1/p - 1."),
        ("failures-by-share",
         ((_RATIO, "return paid[good].mean() + T * (~good).sum() "
                   "/ len(good)"),),
         "Too few steps.",
         "The share of failures is multiplied by T, as if a run could fail "
         "once at most. The number of failures before an arrival is "
         "(1 - p)/p."),
        ("failures-alone",
         ((_RATIO, "return T * (~good).sum() / good.sum()"),),
         "Too few steps.",
         "The failures are paid, and the run that arrives is not: add what "
         "it costs on average."),
        ("never-left-out",
         ((_GOOD, "arrived = arrived[arrived >= 0]\n    " + _GOOD),),
         "Far too few steps.",
         "The runs that never arrive are thrown away before counting, or "
         "their -1 is taken as what they cost. They are what restarts are "
         "for: each costs T."),
        ("sum-of-all", ((_RATIO, "return paid.sum()"),),
         "A huge number.",
         "This is what all runs cost together; divide it by the number of "
         "arrivals."),
        ("limit-returned", ((_RATIO, "return T + 0 * paid.sum()"),),
         "T itself.",
         "What comes back is T; the expected number of steps at that T is "
         "asked for."),
    )
]

_LM = "(JᵀJ + λ I) δ = -Jᵀr, chapter 6 (eq-lm)"
_DAMPED = "steps = torch.stack([downhill / (S**2 + lam) for lam in lams])"
_LENGTHS = "lengths = steps.norm(dim=1)"
_COSINES = "cosines = steps @ downhill / lengths / downhill.norm()"

MISTAKES += [
    Mistake("damped", code, wrong, seen, message, _LM)
    for code, wrong, seen, message in (
        ("uphill", ((_COSINES, "cosines = -(" + _COSINES[10:] + ")"),),
         "All cosines negative.",
         "The cosines have the opposite sign: either δ or the direction it "
         "is compared with points uphill. Both have a minus, -Jᵀr."),
        ("not-normalised", ((_COSINES, "cosines = steps @ downhill"),),
         "Cosines above 1.",
         "The product of the two vectors is not divided by their lengths."),
        ("not-normalised",
         ((_COSINES, "cosines = steps @ downhill / lengths"),),
         "Cosines that are no cosines.",
         "The product is divided by the length of δ alone; divide by that of "
         "Jᵀr, too."),
        ("not-normalised",
         ((_COSINES, "cosines = steps @ downhill / downhill.norm()"),),
         "Cosines that fall.",
         "The product is divided by the length of Jᵀr alone; divide by that "
         "of δ, too."),
        ("angle-for-cosine",
         ((_COSINES, "cosines = torch.acos((" + _COSINES[10:]
           + ").clamp(-1, 1))"),),
         "Numbers that fall to 0.",
         "These are the angles; their cosines are asked for."),
        ("angle-for-cosine",
         ((_COSINES, "cosines = torch.rad2deg(torch.acos(("
           + _COSINES[10:] + ").clamp(-1, 1)))"),),
         "Numbers that fall to 0.",
         "These are the angles in degrees; their cosines are asked for."),
        ("length-squared",
         ((_COSINES, _COSINES + "\n    lengths = lengths**2"),),
         "Lengths whose roots are right.",
         "The lengths are squared: δ @ δ needs a root."),
        ("factor-two",
         ((_DAMPED, _DAMPED.replace("S**2 + lam", "S**2 + lam / 2")),),
         "As if λ were half as large.",
         "JᵀJ and Jᵀr have a factor of 2 and λ has none, so λ counts half. "
         "In the equation none of them has one."),
        ("factor-two",
         ((_COSINES, _COSINES + "\n    lengths = 2 * lengths"),),
         "All lengths twice what is right.",
         "The right side is 2Jᵀr, the gradient; with JᵀJ on the left it is "
         "Jᵀr."),
        ("factor-two",
         ((_DAMPED, _DAMPED.replace("S**2 + lam", "2 * S**2 + lam")),),
         "Half as long where λ is small.",
         "JᵀJ has a factor of 2 and the right side has none."),
        ("mean-for-sum",
         ((_DAMPED, _DAMPED.replace("S**2 + lam", "S**2 + 40 * lam")),),
         "As if λ were 40 times as large.",
         "JᵀJ and Jᵀr are divided by the number of residuals and λ is not. "
         "The equation has sums."),
        ("damping-left-out",
         ((_COSINES, _COSINES + "\n    lengths = lengths[:1].expand(11)\n"
           "    cosines = cosines[:1].expand(11)"),),
         "All lengths alike.",
         "The length is the same for every λ: it does not enter, or the "
         "loop keeps one value."),
        ("damping-squared",
         ((_DAMPED, _DAMPED.replace("S**2 + lam", "S**2 + lam**2")),),
         "As if λ went from 1e-12 to 1e8.",
         "λ enters squared; it enters as it is."),
        ("gradient-for-step",
         ((_DAMPED, "steps = torch.stack([downhill / lam for lam in lams])"),
          ),
         "Cosines of 1 throughout.",
         "δ is -Jᵀr/λ for every λ. That is the limit for large ones; JᵀJ is "
         "missing on the left."),
        ("order-of-results",
         (("return lengths, cosines", "return cosines, lengths"),),
         "Lengths and cosines have changed places.",
         "Lengths come first, cosines second."),
        ("order-of-lambda",
         (("return lengths, cosines",
           "return lengths.flip(0), cosines.flip(0)"),),
         "Lengths that rise.",
         "The numbers belong to λ from the largest down; begin with the "
         "smallest."),
        ("last-lambda-missing",
         (("return lengths, cosines", "return lengths[:-1], cosines[:-1]"),),
         "Ten numbers in place of eleven.",
         "The last λ is missing: from -6 to 4 there are eleven powers, and "
         "`range(-6, 4)` ends at 3."),
        ("relative-lengths",
         ((_COSINES, _COSINES
           + "\n    lengths = lengths / downhill.norm()"),),
         "All lengths too small by one factor.",
         "The lengths are divided by that of Jᵀr. δ's own length is asked "
         "for."),
    )
]
