"""The catalogue of mistakes of chapter 7, generalization."""

from toynet.check.mistake import Mistake

MISTAKES = []

_COLUMNS = "the side of one half, chapter 7 (eq-fresh-error, ex-07-1)"
_WALK = "mse = Σ N_b / N mse_b, chapter 7 (eq-batch-weight)"
_SHRINK = "the derivative of Σ (a u - v)² by a is 0, chapter 7 (ex-07-3)"
_IMAGES = "|x1 + sign(x3) x2| and ‖x‖, chapter 1 (eq-tensor-labels)"
_STREAM = "a finite set and a stream, chapter 7 (eq-two-parts, fig-stream)"
_TEN = "ten starts, 1000 steps and 2000, chapter 7 (ex-07-5)"
_LSTSQ = "torch.linalg.lstsq(u, v).solution.squeeze()"
_CENTRED_ANSWERS = "y_hat.reshape(-1, 1) - 0.5"
_CENTRED_LABELS = "Y.reshape(-1, 1) - 0.5"


def _walk(line, end="total / count"):
    """The source of a walk through a loader, with one more line in it."""
    return f"""
def walk(model, loader):
    total = count = 0
    for X, Y in loader:
        total = total + ((model(X) - Y) ** 2).sum()
        count += Y.numel()
    {line}
    return {end}
"""


def _set_of(rows, labels, signs="[-1, -1, 1], [-1, 1, -1], [1, -1, -1]"):
    """The source of a set of images, made from the twenty points."""
    return f"""
def made(X, Y):
    signs = torch.tensor([[1, 1, 1], {signs}])
    images = (X[:, None] * signs).flatten(0, 1)
    return {rows}, {labels}
"""


_REPEATED = "Y.repeat_interleave(4, 0)"

MISTAKES += [
    Mistake(
        "by_label", "both-together",
        ((".mean(0)", ".mean()"),),
        "One number, as in `score`.",
        "Both labels are averaged together; the question needs each column "
        "by itself.",
        _COLUMNS,
    ),
    Mistake(
        "by_label", "rows-for-columns",
        ((".mean(0)", ".mean(1)"),),
        "One number a row.",
        "The average goes over the two labels of a row; it has to go over "
        "the rows, the first axis.",
        _COLUMNS,
    ),
    Mistake(
        "by_label", "count-for-share",
        ((".mean(0)", ".sum(0)"),),
        "Whole numbers.",
        "These are counts of wrong answers. A share is the count divided by "
        "the number of rows.",
        _COLUMNS,
    ),
    Mistake(
        "by_label", "right-for-wrong",
        (("(sides - Y).abs()", "(1 - (sides - Y).abs())"),),
        "Right and yours add up to 1.",
        "This is the share of right answers; asked for is that of wrong "
        "ones.",
        _COLUMNS,
    ),
    Mistake(
        "by_label", "not-averaged",
        ((".abs().mean(0)", ".abs()"),),
        "A table of zeros and ones.",
        "The wrong answers are marked and not averaged over the rows.",
        _COLUMNS,
    ),
    Mistake(
        "by_label", "columns-swapped",
        ((".mean(0)", ".mean(0).flip(0)"),),
        "Both numbers right, in the other order.",
        "The two shares are exchanged: the first belongs to the first "
        "column.",
        _COLUMNS,
    ),
    Mistake(
        "by_label", "distance-for-side",
        (("y_hat.round()", "y_hat"),),
        "Changes with how sure the answers are.",
        "This is the average distance between answer and label. A wrong "
        "answer is one on the wrong side of one half, however far.",
        _COLUMNS,
    ),
    Mistake(
        "by_label", "square-for-side",
        (("y_hat.round()", "y_hat"), (".abs()", ".square()")),
        "Changes with how sure the answers are.",
        "This is the mean squared error of each column. A wrong answer is "
        "one on the wrong side of one half, however far.",
        _COLUMNS,
    ),
    Mistake(
        "by_label", "not-rounded",
        (("(sides - Y).abs()", "(y_hat != Y).float()"),),
        "1 for both labels.",
        "Answers and labels are compared as they are, and an answer is "
        "never exactly 0 or 1: first ask for its side of one half.",
        _COLUMNS,
    ),
    Mistake(
        "by_label", "one-side-only",
        ((".abs()", ".relu()"),),
        "Too small, unless no 1 is missed.",
        "Only a yes where the label is 0 is counted. A no where it is 1 is "
        "wrong as well.",
        _COLUMNS,
    ),
    Mistake(
        "by_label", "one-side-only",
        ((".abs()", ".neg().relu()"),),
        "Too small, unless no 0 is missed.",
        "Only a no where the label is 1 is counted. A yes where it is 0 is "
        "wrong as well.",
        _COLUMNS,
    ),
    Mistake(
        "by_label", "errors-cancel",
        ((".abs()", ""),),
        "Can be negative.",
        "A yes too many and a no too many cancel: count both kinds as "
        "wrong.",
        _COLUMNS,
    ),
    Mistake(
        "by_label", "errors-cancel",
        (("(sides - Y).abs().mean(0)", "(sides - Y).mean(0).abs()"),),
        "Too small wherever both kinds of mistakes occur.",
        "This compares how many answers say yes with how many should. A yes "
        "too many and a no too many cancel there.",
        _COLUMNS,
    ),
    Mistake(
        "by_label", "threshold-at-zero",
        (("y_hat.round()", "(y_hat > 0).float()"),),
        "The share of labels that are 0.",
        "The side is that of 0. Outputs of a sigmoid are all above it; "
        "theirs is the side of one half.",
        _COLUMNS,
    ),
    Mistake(
        "by_label", "labels-ignored",
        (("(sides - Y).abs()", "sides"),),
        "The same for all labels.",
        "This is the share of answers above one half; the labels are not "
        "looked at.",
        _COLUMNS,
    ),
    Mistake(
        "by_label", "labels-ignored",
        (("(sides - Y).abs()", "Y"),),
        "The same for all answers.",
        "This is the share of labels that are 1; the answers are not looked "
        "at.",
        _COLUMNS,
    ),
    Mistake(
        "by_label", "whole-rows",
        ((".abs().mean(0)", ".abs().amax(1).mean()"),),
        "One number, larger than both shares.",
        "This is the share of rows with at least one wrong answer. Keep the "
        "columns apart.",
        _COLUMNS,
    ),
    Mistake(
        "by_label", "divided-by-ones",
        ((".mean(0)", ".sum(0) / Y.sum(0)"),),
        "Above 1, or no number at all, where ones are rare.",
        "The count is divided by the number of ones among the labels; "
        "divide by the number of rows.",
        _COLUMNS,
    ),
    Mistake(
        "by_label", "divided-by-entries",
        ((".mean(0)", ".div(2).mean(0)"),),
        "Half as large as they must be.",
        "The count of one column is divided by the entries of both; a column "
        "has one entry a row.",
        _COLUMNS,
    ),
    Mistake(
        "by_label", "divided-by-ones",
        (("(sides - Y).abs().mean(0)",
          "(sides - Y).relu().sum(0) / sides.sum(0)"),),
        "No number at all where no answer says yes.",
        "This asks how many of the answers above one half are wrong. Count "
        "the wrong ones below as well, and divide by the number of rows.",
        _COLUMNS,
    ),
    Mistake(
        "by_label", "divided-by-wrong",
        ((".abs().mean(0)", ".abs().sum(0) / (sides - Y).abs().sum()"),),
        "The two add up to 1.",
        "This is each column's part of all wrong answers; divide by the "
        "number of rows.",
        _COLUMNS,
    ),
    Mistake(
        "by_label", "fixed-number-of-rows",
        ((".mean(0)", ".sum(0) / 10_000"),),
        "Right for ten thousand rows.",
        "The count is divided by the page's number of rows; divide by the "
        "number that y_hat has.",
        _COLUMNS,
    ),
    Mistake(
        "by_label", "rounded",
        ((".mean(0)", ".mean(0).round(decimals=1)"),),
        "Tenths.",
        "The shares are rounded. Return them as they are.",
        _COLUMNS,
    ),
    Mistake(
        "by_label", "rounded",
        ((".mean(0)", ".mean(0).round(decimals=2)"),),
        "Hundredths.",
        "The shares are rounded. Return them as they are.",
        _COLUMNS,
    ),
    Mistake(
        "by_label", "percent-for-share",
        ((".mean(0)", ".mean(0) * 100"),),
        "A hundred times too large.",
        "These are percentages. A share lies between 0 and 1.",
        _COLUMNS,
    ),
    Mistake(
        "by_label", "first-label-only",
        ((".mean(0)", "[:, 0].mean()"),),
        "One number, right for the first column.",
        "Only the first column is looked at.",
        _COLUMNS,
    ),
    Mistake(
        "loader_loss", "batches-weighted-equally",
        (("torch.cat(each)", "torch.stack([e.mean() for e in each])"),),
        "Right where all batches have the same size.",
        "The mean of the batch means gives a row in a short last batch more "
        "weight than the others. Weigh each batch by its rows.",
        _WALK,
    ),
    Mistake(
        "loader_loss", "last-batch-dropped",
        (("in loader]", "in loader][:-1]"),),
        "The last batch plays no part.",
        "The last batch is left out. Dropping it serves training; for "
        "measuring every row counts.",
        _WALK,
    ),
    Mistake(
        "loader_loss", "last-batch-dropped",
        (("in loader]", "in loader if len(X) == loader.batch_size]"),),
        "Right where all batches have the same size.",
        "A short batch is left out. Dropping it serves training; for "
        "measuring every row counts.",
        _WALK,
    ),
    Mistake(
        "loader_loss", "rows-for-entries",
        ((").flatten()", ").sum(1)"),),
        "Twice as large as it must be.",
        "The sum of squares is divided by the rows; each row has two "
        "entries, and the mean goes over all of them.",
        _WALK,
    ),
    Mistake(
        "loader_loss", "sum-for-mean",
        (("each).mean()", "each).sum()"),),
        "Grows with the number of rows.",
        "The squares are added up and never divided: divide by the number "
        "of entries at the end.",
        _WALK,
    ),
    Mistake(
        "loader_loss", "sum-for-mean",
        (("torch.cat(each).mean()",
          "sum(e.mean() * len(e) / 2 for e in each)"),),
        "Grows with the number of rows.",
        "The batch losses are weighted by their rows and added up; divide "
        "by the number of rows at the end.",
        _WALK,
    ),
    Mistake(
        "loader_loss", "means-added",
        (("torch.cat(each).mean()", "sum(e.mean() for e in each)"),),
        "Grows with the number of batches.",
        "The batch means are added up. Weigh each by its rows, and divide "
        "by all rows.",
        _WALK,
    ),
    Mistake(
        "loader_loss", "means-added",
        (("torch.cat(each).mean()",
          "sum(e.mean() for e in each) / len(loader.dataset)"),),
        "Too small by about the batch size.",
        "The batch means are added up and divided by the number of rows. "
        "Before that each must be multiplied by the rows of its batch.",
        _WALK,
    ),
    Mistake(
        "loader_loss", "running-average",
        (("return torch.cat(each).mean()",
          "total = each[0].mean()\n    for e in each[1:]:\n"
          "        total = (total + e.mean()) / 2\n    return total"),),
        "The last batch counts as much as all others together.",
        "Each batch is averaged with all that came before, as if both had "
        "the same number of rows.",
        _WALK,
    ),
    Mistake(
        "loader_loss", "fixed-number-of-rows",
        (("torch.cat(each).mean()", "torch.cat(each).sum() / 260"),),
        "Right for 130 rows.",
        "The sum is divided by the page's number of entries; count those of "
        "the loader that is given.",
        _WALK,
    ),
    Mistake(
        "loader_loss", "fixed-number-of-rows",
        (("torch.cat(each).mean()", "torch.cat(each).sum() / 130"),),
        "Twice what is right, for 130 rows.",
        "The sum is divided by the page's number of rows; count the entries "
        "of the loader that is given.",
        _WALK,
    ),
    Mistake(
        "loader_loss", "cross-entropy",
        (("((model(X) - Y) ** 2)",
          "torch.nn.functional.binary_cross_entropy("
          "model(X), Y, reduction='none')"),),
        "Larger than any mean of squares can be.",
        "This is the cross-entropy; asked for is the mean squared error.",
        _WALK,
    ),
    Mistake(
        "loader_loss", "first-batch-only",
        (("in loader]", "in loader][:1]"),),
        "Right for a single batch.",
        "Only the first batch is looked at: a `return` inside of the loop, "
        "or `next(iter(loader))`.",
        _WALK,
    ),
    Mistake(
        "loader_loss", "last-batch-only",
        (("in loader]", "in loader][-1:]"),),
        "Right for a single batch.",
        "Only the last batch is left: an `=` in the loop where a `+=` is "
        "needed.",
        _WALK,
    ),
    Mistake(
        "loader_loss", "divided-by-batches",
        (("torch.cat(each).mean()", "torch.cat(each).sum() / len(each)"),),
        "Changes with the batch size.",
        "The sum of squares is divided by the number of batches; divide by "
        "the number of entries.",
        _WALK,
    ),
    Mistake(
        "loader_loss", "divided-by-batches",
        (("torch.cat(each).mean()",
          "sum(e.mean() * len(e) / 2 for e in each) / len(each)"),),
        "Changes with the batch size.",
        "The weighted losses are divided by the number of batches; divide "
        "by the number of rows.",
        _WALK,
    ),
    Mistake(
        "loader_loss", "full-batches-assumed",
        (("torch.cat(each).mean()", "torch.cat(each).sum() / ("
          "2 * len(loader) * loader.batch_size)"),),
        "Right where all batches have the same size.",
        "The number of rows is taken as batches times batch size. The last "
        "batch may be shorter: count its rows.",
        _WALK,
    ),
    Mistake(
        "loader_loss", "full-batches-assumed",
        (("torch.cat(each).mean()", "sum(e.mean() * loader.batch_size "
          "for e in each) / len(loader.dataset)"),),
        "Right where all batches have the same size.",
        "Each batch is weighted by the batch size. The last one may be "
        "shorter: take its own number of rows.",
        _WALK,
    ),
    Mistake(
        "loader_loss", "absolute-for-square",
        ((") ** 2)", ").abs())"),),
        "Larger than the mean of squares.",
        "The errors are added by size; they have to be squared.",
        _WALK,
    ),
    Mistake(
        "loader_loss", "root-taken",
        (("each).mean()", "each).mean().sqrt()"),),
        "The square of it is right.",
        "A square root is taken of the mean.",
        _WALK,
    ),
    Mistake(
        "loader_loss", "labels-for-loss",
        (("((model(X) - Y) ** 2)", "((model(X) > 0.5) != Y).float()"),),
        "A count divided by a whole number.",
        "This is the share of wrong labels; the loss is the mean squared "
        "error.",
        _WALK,
    ),
    Mistake(
        "loader_loss-left", "records-gradients", _walk("pass"),
        "The number is right, and a gradient hangs on it.",
        "The result keeps the record of the whole walk, all batches of it. "
        "Walk under `torch.no_grad()`, or add up plain numbers, `.item()`.",
        "no_grad around the measuring, chapter 7 (eq-batch-weight)",
    ),
    Mistake(
        "loader_loss-left", "gradients-left",
        _walk("(total / count).backward()", "(total / count).item()"),
        "The number is right, and the model's `.grad` are filled.",
        "Measuring asks for no gradient: what is left in `.grad` is added "
        "to the next step's.",
        "no_grad around the measuring, chapter 7 (eq-batch-weight)",
    ),
    Mistake(
        "loader_loss-left", "gradients-wiped",
        _walk("model.zero_grad()", "(total / count).item()"),
        "The number is right, and the model's `.grad` are gone.",
        "The model came with gradients in `.grad`, and a step may still be "
        "waiting for them. `zero_grad` belongs to training.",
        "a function that measures changes nothing, chapter 7 (ex-07-2)",
    ),
    Mistake(
        "loader_loss-left", "gradients-switched-off",
        _walk("torch.set_grad_enabled(False)", "(total / count).item()"),
        "The number is right, and nothing can be trained afterwards.",
        "Gradients are switched off for the whole program. "
        "`with torch.no_grad():` switches them on again by itself.",
        "no_grad around the measuring, chapter 7 (eq-batch-weight)",
    ),
    Mistake(
        "loader_loss-left", "mode-changed",
        _walk("model.eval()", "(total / count).item()"),
        "The number is right, and the model comes back in another mode.",
        "The call leaves the model in another mode than it came in: keep "
        "`model.training` first, and go back with `model.train(kept)`.",
        "a function that measures changes nothing, chapter 7 (ex-07-2)",
    ),
    Mistake(
        "loader_loss-left", "mode-changed",
        _walk("model.train()", "(total / count).item()"),
        "The number is right, and the model comes back in another mode.",
        "The call leaves the model in another mode than it came in: not "
        "every model comes in training mode.",
        "a function that measures changes nothing, chapter 7 (ex-07-2)",
    ),
    Mistake(
        "loader_loss-left", "model-changed",
        """
def walk(model, loader):
    total = count = 0
    for X, Y in loader:
        loss = ((model(X) - Y) ** 2).mean()
        grads = torch.autograd.grad(loss, list(model.parameters()))
        with torch.no_grad():
            for p, dp in zip(model.parameters(), grads):
                p -= 0.03 * dp
        total += loss.item() * len(X)
        count += len(X)
    return total / count
""",
        "The model comes back with other numbers.",
        "The model is trained, or its numbers are changed in another way, "
        "while it is measured. Measure, and change nothing.",
        "a function that measures changes nothing, chapter 7 (ex-07-2)",
    ),
    Mistake(
        "loader_loss-left", "model-changed",
        _walk("model.requires_grad_(False)", "(total / count).item()"),
        "The number is right, and the model can't be trained any more.",
        "Your function switches the parameters' gradients off for good; "
        "`torch.no_grad()` does it for the walk alone.",
        "a function that measures changes nothing, chapter 7 (ex-07-2)",
    ),
    Mistake(
        "loader_loss-left", "loader-changed",
        """
def walk(model, loader):
    A, B = loader.dataset.tensors
    A -= A.mean(0)
    with torch.no_grad():
        return ((model(A) - B) ** 2).mean()
""",
        "The loader's rows are other ones than before.",
        "The rows that the loader deals out are changed in place; whoever "
        "passed the loader still needs them.",
        "a function that measures changes nothing, chapter 7 (ex-07-2)",
    ),
    Mistake(
        "best_shrink", "not-centred",
        ((_CENTRED_ANSWERS, "y_hat.reshape(-1, 1)"),
         (_CENTRED_LABELS, "Y.reshape(-1, 1)")),
        "The best factor towards 0.",
        "Answers are moved towards one half, so both ŷ and y are measured "
        "from there: u = ŷ - ½, v = y - ½.",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "labels-not-centred",
        ((_CENTRED_LABELS, "Y.reshape(-1, 1)"),),
        "Off, and more so where ones are many.",
        "The labels are taken as they are; measured from one half they are "
        "v = y - ½.",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "answers-not-centred",
        ((_CENTRED_ANSWERS, "y_hat.reshape(-1, 1)"),),
        "Off, and more so where answers are large.",
        "The answers are taken as they are; measured from one half they are "
        "u = ŷ - ½.",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "other-way-round",
        (("lstsq(u, v)", "lstsq(v, u)"),),
        "Σ v² stands where Σ u² has to.",
        "This brings the labels near the answers: the number that is "
        "squared below is the one that a multiplies, u.",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "upside-down",
        ((_LSTSQ, "(u * u).sum() / (u * v).sum()"),),
        "Yours times the right one is 1.",
        "The fraction is upside down: Σ u² belongs below.",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "mean-of-ratios",
        ((_LSTSQ, "(v / u).mean()"),),
        "Huge where one answer is near one half.",
        "Each entry gets an a of its own, and these are averaged. One a for "
        "all of them has the sums inside: Σ uv / Σ u².",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "ratio-of-sums",
        ((_LSTSQ, "v.sum() / u.sum()"),),
        "As if the misses had to add up to 0.",
        "This makes the sum of the misses 0, not the sum of u times the "
        "misses: the factor u of the derivative is missing.",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "numerator-only",
        ((_LSTSQ, "(u * v).sum()"),),
        "Grows with the number of points.",
        "Σ uv is there, and is not divided by Σ u².",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "numerator-only",
        ((_LSTSQ, "(u * v).mean()"),),
        "Never above one quarter.",
        "The mean of uv is there, and is not divided by the mean of u².",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "root-in-the-denominator",
        ((_LSTSQ, "(u * v).sum() / u.norm()"),),
        "Σ uv is divided by √(Σ u²).",
        "A square root is taken below: Σ u² is the square of the norm.",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "root-in-the-denominator",
        ((_LSTSQ, "(u * v).sum() / (u.norm() * v.norm())"),),
        "Never above 1.",
        "This is the cosine of the angle between u and v. Below stands the "
        "squared norm of u alone.",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "not-squared",
        ((_LSTSQ, "(u * v).sum() / u.abs().sum()"),),
        "Below stands Σ |u|.",
        "The answers' distances from one half are not squared below.",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "factor-two",
        ((".squeeze()", ".squeeze() / 2"),),
        "Half as large as it must be.",
        "The 2 of the derivative stands before both sums, so it drops out.",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "factor-two",
        ((".squeeze()", ".squeeze() * 2"),),
        "Twice as large as it must be.",
        "The 2 of the derivative stands before both sums, so it drops out.",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "wrong-sign",
        ((".squeeze()", ".squeeze().neg()"),),
        "Right but for its sign.",
        "The sign turned on the way: from Σ u (a u - v) = 0 follows "
        "a Σ u² = Σ uv.",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "clamped",
        ((".squeeze()", ".squeeze().clamp(0, 1)"),),
        "Right between 0 and 1.",
        "The a is held between 0 and 1. The best one may lie outside: shy "
        "answers want to be stretched.",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "clamped",
        ((".squeeze()", ".squeeze().clamp(min=0)"),),
        "Right above 0.",
        "A negative a is replaced by 0. Where most answers are on the wrong "
        "side, the best a is negative.",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "clamped",
        ((".squeeze()", ".squeeze().clamp(max=1)"),),
        "Right below 1.",
        "An a above 1 is replaced by 1. Shy answers want to be stretched.",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "searched-on-a-grid",
        """
def best(y_hat, Y):
    grid = torch.linspace(0, 1, 101)
    moved = 0.5 + grid[:, None, None] * (y_hat - 0.5)
    return grid[((moved - Y) ** 2).sum((1, 2)).argmin()]
""",
        "A whole number of hundredths.",
        "This is the best of a grid between 0 and 1. The formula has no "
        "grid and no ends.",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "one-a-column",
        ((_LSTSQ, "(u * v).view_as(Y).sum(0) / (u * u).view_as(Y).sum(0)"),),
        "Two numbers.",
        "Each label gets an a of its own; asked for is one number for both: "
        "sum over all entries.",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "one-a-column",
        ((_LSTSQ, "((u * v).view_as(Y).sum(0) / "
          "(u * u).view_as(Y).sum(0)).mean()"),),
        "The mean of two best numbers.",
        "Each label gets an a of its own, and the two are averaged; sum "
        "over all entries before dividing.",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "one-a-row",
        ((_LSTSQ, "(u * v).view_as(Y).sum(1) / (u * u).view_as(Y).sum(1)"),),
        "One number a row.",
        "Each row gets an a of its own; asked for is one number for all: "
        "sum over all entries.",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "one-a-row",
        ((_LSTSQ, "((u * v).view_as(Y).sum(1) / "
          "(u * u).view_as(Y).sum(1)).mean()"),),
        "The mean of one best number a row.",
        "Each row gets an a of its own, and they are averaged; sum over all "
        "entries before dividing.",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "sign-lost",
        ((".squeeze()", ".squeeze().abs()"),),
        "Right above 0.",
        "The sign of a is dropped. Where most answers are on the wrong "
        "side, the best a is negative.",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "sign-lost",
        (("lstsq(u, v)", "lstsq(u.abs(), v.abs())"),),
        "As if all answers were on the right side.",
        "The sizes of u and v are taken, and whether an answer is on the "
        "right side is lost.",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "one-minus-a",
        (("return torch", "return 1 - torch"),),
        "Right and yours add up to 1.",
        "This is the part of the way that is gone towards one half. The a "
        "is the part of the distance that is left.",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "sides-for-answers",
        (("y_hat.reshape", "y_hat.round().reshape"),),
        "Depends on the sides only.",
        "The answers are rounded to their sides first; how far they lie "
        "from one half has to count.",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "square-of-the-sum",
        ((_LSTSQ, "(u * v).sum() / u.sum() ** 2"),),
        "Huge where the u add up to little.",
        "Below stands the square of the sum; it is the sum of the squares.",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "rounded",
        ((".squeeze()", ".squeeze().round(decimals=2)"),),
        "A whole number of hundredths.",
        "This is rounded, or the best of a grid. The formula has no grid; "
        "return what it gives.",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "with-an-intercept",
        ((_LSTSQ, "((u - u.mean()) * (v - v.mean())).sum() / "
          "((u - u.mean()) ** 2).sum()"),),
        "The slope of a line that need not go through one half.",
        "This is the slope of a line with an intercept. Here one half stays "
        "where it is, so nothing else may be subtracted.",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "answers-for-number",
        ((_LSTSQ, "0.5 + torch.linalg.lstsq(u, v).solution * "
          "(y_hat - 0.5)"),),
        "A table of answers.",
        "These are the answers after the move; asked for is the number a.",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "error-for-number",
        (("return torch", "a = torch"),
         (".squeeze()", ".squeeze()\n    return ((a * u - v) ** 2).mean()")),
        "The smallest error.",
        "This is the error at the best a; asked for is the a itself.",
        _SHRINK,
    ),
    Mistake(
        "best_shrink", "always-one-half",
        ((_LSTSQ, "torch.tensor(0.5)"),),
        "The same for all answers.",
        "One half is what the text tried. The best a depends on the answers "
        "and the labels.",
        _SHRINK,
    ),
    Mistake(
        "images", "one-sign-turned",
        _set_of("images", _REPEATED,
                "[-1, 1, 1], [1, -1, 1], [1, 1, -1]"),
        "Rows with one sign turned.",
        "Turning the sign of one coordinate alone can change the first "
        "label. Two at a time keep both.",
        _IMAGES,
    ),
    Mistake(
        "images", "three-signs-turned",
        _set_of("images", _REPEATED,
                "[-1, -1, 1], [-1, 1, -1], [-1, -1, -1]"),
        "Rows with all three signs turned.",
        "With all three signs turned, x1 + s x2 becomes -x1 + s x2, so the "
        "first label may change. Two at a time keep both.",
        _IMAGES,
    ),
    Mistake(
        "images", "other-points",
        _set_of("torch.cat([X] + [X[:, p] for p in ([1, 0, 2], [2, 1, 0], "
                "[0, 2, 1])])", "torch.cat([Y] * 4)"),
        "Rows that are no images of the twenty points.",
        "An image keeps the size of each coordinate in its place; only "
        "signs are turned. The points are those of this page, from the "
        "generator with seed 0.",
        _IMAGES,
    ),
    Mistake(
        "images", "other-points",
        "def made(X, Y):\n"
        "    X = torch.randn(80, 3, generator="
        "torch.Generator().manual_seed(1))\n"
        "    return X, Y.repeat(4, 1)\n",
        "Rows that have nothing to do with the twenty points.",
        "These are fresh points. Images are made from the twenty, with two "
        "signs turned, and need no new labels.",
        _IMAGES,
    ),
    Mistake(
        "images", "row-twice",
        _set_of("images", _REPEATED,
                "[-1, -1, 1], [-1, 1, -1], [-1, 1, -1]"),
        "Fewer than 80 different rows.",
        "The same image is there more than once. Two signs of three can be "
        "chosen in three ways, one image for each.",
        _IMAGES,
    ),
    Mistake(
        "images", "row-twice",
        _set_of("X.repeat(4, 1)", "Y.repeat(4, 1)"),
        "Fewer than 80 different rows.",
        "The points are repeated and their signs left as they are.",
        _IMAGES,
    ),
    Mistake(
        "images", "points-left-out",
        _set_of("torch.cat([X * s for s in signs[1:]])", "Y.repeat(3, 1)"),
        "60 rows.",
        "The three images of each point are there, and the point itself is "
        "missing.",
        _IMAGES,
    ),
    Mistake(
        "images", "images-left-out",
        _set_of("torch.cat([X * s for s in signs[:3]])", "Y.repeat(3, 1)"),
        "Fewer than 80 rows.",
        "Two signs of three can be chosen in three ways: x1 and x2, x1 and "
        "x3, x2 and x3.",
        _IMAGES,
    ),
    Mistake(
        "images", "labels-not-repeated",
        _set_of("images", "Y"),
        "20 rows of labels.",
        "Each image needs the labels of its point: one row of images_Y for "
        "each row of images_X.",
        _IMAGES,
    ),
    Mistake(
        "images", "labels-out-of-step",
        _set_of("images", "Y.repeat(4, 1)"),
        "The right labels, at other rows.",
        "Labels and points are repeated in different orders: "
        "`repeat_interleave` keeps the four of a point together, `repeat` "
        "and `cat` go through all twenty and begin again.",
        _IMAGES,
    ),
    Mistake(
        "images", "labels-out-of-step",
        _set_of("torch.cat([X * s for s in signs])", _REPEATED),
        "The right labels, at other rows.",
        "Labels and points are repeated in different orders: "
        "`repeat_interleave` keeps the four of a point together, `repeat` "
        "and `cat` go through all twenty and begin again.",
        _IMAGES,
    ),
    Mistake(
        "images", "labels-swapped",
        _set_of("images", _REPEATED + ".flip(1)"),
        "The two columns of images_Y exchanged.",
        "The two labels of each row are exchanged.",
        _IMAGES,
    ),
    Mistake(
        "images", "labels-changed",
        _set_of("images", "torch.cat([Y, 1 - Y, 1 - Y, 1 - Y])"),
        "Labels that the rule does not give.",
        "An image has the labels of its point, unchanged; only the points "
        "turn their signs.",
        _IMAGES,
    ),
    Mistake(
        "stream", "no-networks",
        "def made(train):\n    return 0.115, 0.112\n",
        "Something that can't be asked.",
        "Hand in the trained networks themselves, as `train` returns them: "
        "a Params of four stacks. The checker measures their errors.",
        _TEN,
    ),
    Mistake(
        "stream", "one-network",
        "def made(train):\n"
        "    return tuple([q[0] for q in train(n)] for n in (1000, 2000))\n",
        "Numbers of a single network.",
        "This is one network. One start says little: hand in all ten, "
        "stacked along the first axis.",
        _TEN,
    ),
    Mistake(
        "stream", "another-width",
        "def made(train):\n"
        "    return train(0, width=8), train(0, width=8)\n",
        "Another number of hidden units.",
        "The question is what steps do for width 4; a wider network answers "
        "another one.",
        "the widths, chapter 7 (tab-widths)",
    ),
    Mistake(
        "stream", "another-number",
        "def made(train):\n"
        "    return tuple([q[:5] for q in train(n)] for n in (1000, 2000))\n",
        "Another number of networks.",
        "Ten networks are asked for, in both stacks.",
        _TEN,
    ),
    Mistake(
        "stream", "untrained",
        "def made(train):\n    return train(0), train(2000)\n",
        "Answers that hardly depend on the point.",
        "These networks are as they started, or nearly: `train` returns the "
        "trained ones, and does not change those it is given.",
        _TEN,
    ),
    Mistake(
        "stream", "trained-on-the-twenty",
        "def made(train):\n"
        "    return train(1000, 'twenty'), train(2000)\n",
        "A small error on the twenty points, a large one on fresh ones.",
        "These networks know the twenty points. Give `train` a batch "
        "function that draws fresh points at every step.",
        _STREAM,
    ),
    Mistake(
        "stream", "fixed-points",
        "def made(train):\n"
        "    return train(1000, 'fifty'), train(2000)\n",
        "Sure of their mistakes, as networks on few points are.",
        "These networks have seen the same few points again and again, not "
        "a stream: draw inside of the batch function, not before it.",
        _STREAM,
    ),
    Mistake(
        "stream", "too-few-steps",
        "def made(train):\n    return train(100), train(2000)\n",
        "More error than a thousand steps leave.",
        "A thousand steps on a stream leave less error: count them, and see "
        "that the rate begins at 0.03 and each step has 50 rows a network.",
        _TEN,
    ),
    Mistake(
        "stream", "too-few-steps",
        "def made(train):\n    return train(1000), train(200)\n",
        "More error than a thousand steps leave.",
        "Two thousand steps on a stream leave less error: count them.",
        _TEN,
    ),
    Mistake(
        "stream", "same-networks-twice",
        "def made(train):\n    return train(1000), train(1000)\n",
        "The two stacks give the same answers.",
        "The same networks are handed in twice.",
        _TEN,
    ),
    Mistake(
        "stream", "swapped",
        "def made(train):\n    return train(2000), train(1000)\n",
        "The second stack is the worse one.",
        "The longer runs come out worse, which further steps on a stream do "
        "not do: the two are handed in the other way round.",
        _TEN,
    ),
    Mistake(
        "stream", "other-starts",
        "def made(train):\n    return train(1000), train(2000, seed=14)\n",
        "Network i of one stack is no relative of network i of the other.",
        "The two begin from different starts, and luck with these is larger "
        "than what the steps gain. Make the generator anew, with the same "
        "seed, before each.",
        _TEN,
    ),
    Mistake(
        "stream", "little-gain",
        "def made(train):\n"
        "    a, b = train(1000), train(2000)\n"
        "    half = (torch.arange(10) < 5)\n"
        "    one = [torch.where(half.view(-1, *[1] * (p.dim() - 1)), p, q)\n"
        "           for p, q in zip(a, b)]\n"
        "    two = [torch.where(half.view(-1, *[1] * (p.dim() - 1)), q, p)\n"
        "           for p, q in zip(a, b)]\n"
        "    return one, two\n",
        "The longer runs gain in about half of the pairs only.",
        "With the same starts and a rate that falls to 0, nearly all of the "
        "ten gain from the further steps. See that the rate falls over all "
        "of the steps, in both.",
        _TEN,
    ),
]
