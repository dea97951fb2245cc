"""The catalogue of mistakes of chapter 1, tensors."""

from toynet.check.mistake import Mistake

MISTAKES = []

_LABELS = "|x1 + s x2| > 1.33 and ‖x‖ > 1.33, chapter 1 (eq-tensor-labels)"
_NORM = "‖x‖ = √(x1² + x2² + x3²), chapter 1 (eq-tensor-norm)"
_SIGN = "|x1 + s x2| > 1.33, with s = sign x3, chapter 1 (eq-tensor-labels)"
_SIZES = "sizes from the right, What happens when shapes differ?, chapter 1"
_PRODUCT = "(AB)ij = Σ Aik Bkj, chapter 1 (eq-tensor-matmul)"
_GENTLE = "σ′(z) = σ(z) (1 - σ(z)), chapter 1 (eq-tensor-slope)"
_TAILS = "How far out does it still work?, lab page A (tab-tails)"
_ROUNDED = "|fl(r) - r| ≤ 2⁻²⁴ |r|, lab page A (eq-tensor-rounding)"

MISTAKES += [
    Mistake(
        "labels", "subtracted-for-added",
        "def f(X):\n"
        "    x = X[[1, 6]]\n"
        "    first = (x[:, 0] - x[:, 1]).abs() > 1.33\n"
        "    return torch.stack([first, x.norm(dim=1) > 1.33], 1).float()\n",
        "No label at all.",
        "In both rows x3 is positive, so the second coordinate is added. "
        "The page subtracted, for a row whose x3 is negative.",
        _SIGN,
    ),
    Mistake(
        "labels", "square-for-length",
        "def f(X):\n"
        "    x = X[[1, 6]]\n"
        "    first = (x[:, 0] + x[:, 2].sign() * x[:, 1]).abs() > 1.33\n"
        "    second = (x ** 2).sum(1) > 1.33\n"
        "    return torch.stack([first, second], 1).float()\n",
        "The first of the two rows has its second label.",
        "The sum of the squares is the square of the length; take its root "
        "before you compare.",
        _NORM,
    ),
    Mistake(
        "labels", "sizes-added-for-length",
        "def f(X):\n"
        "    x = X[[1, 6]]\n"
        "    first = (x[:, 0] + x[:, 2].sign() * x[:, 1]).abs() > 1.33\n"
        "    second = x.abs().sum(1) > 1.33\n"
        "    return torch.stack([first, second], 1).float()\n",
        "Both rows have their second label.",
        "Both rows are nearer to the origin than the threshold: the length "
        "is the root of the sum of squares, not the sum of the three sizes. "
        "And the second label is 1 where the point is far.",
        _NORM,
    ),
    Mistake(
        "labels", "columns-swapped",
        (("[[1, 6]]", "[[1, 6]].flip(1)"),),
        "Each row is written backwards.",
        "The labels are right, and each row has them in the wrong order: y1 "
        "comes first, then y2.",
        _LABELS,
    ),
    Mistake(
        "labels", "rows-swapped",
        (("[[1, 6]]", "[[6, 1]]"),),
        "The seventh row comes first.",
        "The labels are right for the two points in the other order.",
        _LABELS,
    ),
    Mistake(
        "labels", "counted-from-zero",
        (("[[1, 6]]", "[[2, 7]]"),),
        "Four ones.",
        "These are the labels of X[2] and X[7], the third and the eighth "
        "row. Python counts from 0.",
        "How do we get one point, or one coordinate?, chapter 1",
    ),
    Mistake(
        "labels", "inside-out",
        (("label(X)[[1, 6]]", "1 - label(X)[[1, 6]]"),),
        "Every label is the opposite.",
        "All four are the opposite of what is right: a label is 1 where the "
        "value is larger than the threshold.",
        _LABELS,
    ),
    Mistake(
        "labels", "points-as-columns",
        (("[[1, 6]]", "[[1, 6]].T"),),
        "The first labels in one row, the second labels in the other.",
        "The table lies on its side. A row is a point, and holds its y1 and "
        "its y2.",
        _LABELS,
    ),
    Mistake(
        "labels", "margins-for-labels",
        "def f(X):\n"
        "    x = X[[1, 6]]\n"
        "    first = (x[:, 0] + x[:, 2].sign() * x[:, 1]).abs() - 1.33\n"
        "    return torch.stack([first, x.norm(dim=1) - 1.33], 1)\n",
        "Small numbers of both signs.",
        "These are the margins, and their signs are right: a positive one "
        "makes a label of 1, a negative one a label of 0.",
        _LABELS,
    ),
    Mistake(
        "labels", "values-for-labels",
        "def f(X):\n"
        "    x = X[[1, 6]]\n"
        "    first = (x[:, 0] + x[:, 2].sign() * x[:, 1]).abs()\n"
        "    return torch.stack([first, x.norm(dim=1)], 1)\n",
        "Numbers of about 1.",
        "These are the values that are compared with the threshold, and "
        "they are right. A label is 1 where its value is beyond it, else 0.",
        _LABELS,
    ),
    Mistake(
        "labels", "no-label",
        "def f(X):\n"
        "    return torch.tensor([[-1.0, -1.0], [1.0, -1.0]])\n",
        "Something else than 0 and 1.",
        "A label is 1 for yes or 0 for no, and nothing else.",
        _LABELS,
    ),
    Mistake(
        "labels", "first-label",
        "def f(X):\n"
        "    return torch.tensor([[1.0, 0.0], [1.0, 0.0]])\n",
        "One or both labels of the first question are wrong.",
        "The first question is answered wrongly: add the first two "
        "coordinates of the row, since its third is positive, and compare "
        "the size of the sum with the threshold. One of the two sums "
        "passes, and not by much.",
        _SIGN,
    ),
    Mistake(
        "labels", "second-label",
        "def f(X):\n"
        "    return torch.tensor([[0.0, 0.0], [1.0, 1.0]])\n",
        "One or both labels of the second question are wrong.",
        "The second question is answered wrongly: square the three "
        "coordinates, add, and take the root. Neither of the two lengths "
        "reaches the threshold.",
        _NORM,
    ),
    Mistake(
        "distances", "one-number",
        ((".sum(2)", ".sum()"),),
        "One number.",
        "Everything is added up. Name the axis of the coordinates: it "
        "disappears, and the two axes of points stay.",
        "The axis that you name disappears, What are the two questions?, "
        "chapter 1",
    ),
    Mistake(
        "distances", "length-of-each-row",
        (("X[:, None] - X", "X[:, None]"), (".sum(2)", ".sum(2)[:, 0]")),
        "One number a point.",
        "This is how far each point is from the origin. Each point has a "
        "distance to every other, which makes a table.",
        "X[:, None] - X of shape (N, N, 3), Check yourself, chapter 1",
    ),
    Mistake(
        "distances", "length-of-each-row",
        "def f(X):\n"
        "    return (X - X.mean(0)).norm(dim=1)\n",
        "One number a point.",
        "This is how far each point is from the middle of all. Each point "
        "has a distance to every other, which makes a table.",
        "X[:, None] - X of shape (N, N, 3), Check yourself, chapter 1",
    ),
    Mistake(
        "distances", "one-long-row",
        (("(apart ** 2).sum(2).sqrt()",
          "(apart ** 2).sum(2).sqrt().flatten()"),),
        "All distances, on one axis.",
        "All the distances are there, one behind the other: make a table of "
        "them with `reshape(len(X), len(X))`.",
        "Whose memory is it?, chapter 1",
    ),
    Mistake(
        "distances", "not-rooted",
        ((".sqrt()", ""),),
        "The squares of what is right.",
        "These are the squares of the distances: the root is missing.",
        _NORM,
    ),
    Mistake(
        "distances", "sizes-added",
        (("(apart ** 2)", "apart.abs()"), (".sqrt()", "")),
        "Too large, but for points that differ in one coordinate.",
        "The sizes of the three differences are added. That is a distance, "
        "too, the one along the axes; the Euclidean one has squares and a "
        "root.",
        _NORM,
    ),
    Mistake(
        "distances", "largest-coordinate",
        (("(apart ** 2).sum(2).sqrt()", "apart.abs().amax(2)"),),
        "Too small, but for points that differ in one coordinate.",
        "Only the largest of the three differences is left; all of them "
        "count, squared and added.",
        _NORM,
    ),
    Mistake(
        "distances", "not-squared",
        (("(apart ** 2)", "apart"), (".sqrt()", "")),
        "Negative distances.",
        "The differences are added with their signs, so they cancel; square "
        "them first.",
        _NORM,
    ),
    Mistake(
        "distances", "not-squared",
        (("(apart ** 2)", "apart"),),
        "NaN in about half of all places.",
        "The differences are added with their signs, and some of the sums "
        "are negative and have no root; square them first.",
        _NORM,
    ),
    Mistake(
        "distances", "not-squared",
        (("(apart ** 2).sum(2).sqrt()", "apart.sum(2).abs()"),),
        "Too small, or too large.",
        "The differences are added with their signs, so they cancel; square "
        "them first.",
        _NORM,
    ),
    Mistake(
        "distances", "square-of-the-sum",
        (("(apart ** 2).sum(2).sqrt()", "apart.sum(2) ** 2"),),
        "Too small, or too large.",
        "The sum is squared; square each difference, then add, then take "
        "the root.",
        _NORM,
    ),
    Mistake(
        "distances", "mean-for-sum",
        (("sum(2)", "mean(2)"),),
        "Too small by the root of 3.",
        "The squares are averaged over the coordinates; add them.",
        _NORM,
    ),
    Mistake(
        "distances", "sum-for-difference",
        (("X[:, None] - X", "X[:, None] + X"),),
        "No zeros on the diagonal.",
        "The rows are added to each other; the distance is the length of "
        "their difference.",
        _NORM,
    ),
    Mistake(
        "distances", "difference-of-lengths",
        "def f(X):\n"
        "    lengths = X.norm(dim=1)\n"
        "    return (lengths[:, None] - lengths).abs()\n",
        "Too small: 0 for two points on opposite sides of the origin.",
        "Each point is reduced to its length first, and lengths are "
        "compared. Take the difference of two rows, then its length.",
        _NORM,
    ),
    Mistake(
        "distances", "row-with-itself",
        (("X[:, None] - X", "X - X"), ("sum(2)", "sum(1)")),
        "Zeros.",
        "Each row meets itself alone. With an axis more in one of the two, "
        "`X[:, None]`, each row meets every other.",
        _SIZES,
    ),
    Mistake(
        "distances", "row-with-itself",
        (("X[:, None] - X", "X[None] - X"),),
        "One row of zeros.",
        "The new axis stands in front, so each row meets itself alone. "
        "`X[:, None]` has it in the middle.",
        _SIZES,
    ),
    Mistake(
        "distances", "row-with-itself",
        (("X[:, None] - X", "X[:, None] - X[:, None]"),),
        "One column of zeros.",
        "Both have the new axis, so each row meets itself alone. One of the "
        "two must stay as it is.",
        _SIZES,
    ),
    Mistake(
        "distances", "row-against-column",
        (("X[:, None] - X", "X - X.T"), ("sum(2)", "sum(1)")),
        "Raises, unless there are as many points as coordinates.",
        "X - X.T sets rows against columns, and coordinates are subtracted "
        "from each other. It only runs for three points, where it is wrong.",
        _SIZES,
    ),
    Mistake(
        "distances", "wrong-axis",
        (("sum(2)", "sum(1)"),),
        "A row for each point and three columns.",
        "The sum goes over the points; the axis of the coordinates is the "
        "last one, and that is the one that has to disappear.",
        "The axis that you name disappears, What are the two questions?, "
        "chapter 1",
    ),
    Mistake(
        "distances", "wrong-axis",
        (("sum(2)", "sum(0)"),),
        "A row for each point and three columns.",
        "The sum goes over the points; the axis of the coordinates is the "
        "last one, and that is the one that has to disappear.",
        "The axis that you name disappears, What are the two questions?, "
        "chapter 1",
    ),
    Mistake(
        "distances", "axis-kept",
        (("sum(2)", "sum(2, keepdim=True)"),),
        "An axis of size 1 at the end.",
        "The axis of the coordinates is still there, with size 1: without "
        "`keepdim` it disappears.",
        "What happens when shapes differ?, chapter 1",
    ),
    Mistake(
        "distances", "not-summed",
        (("(apart ** 2).sum(2).sqrt()", "apart"),),
        "Three numbers for each pair.",
        "These are the differences, three numbers for each pair of rows. "
        "Now take the length of each.",
        _NORM,
    ),
    Mistake(
        "distances", "not-summed",
        (("(apart ** 2).sum(2).sqrt()", "apart.abs()"),),
        "Three numbers for each pair.",
        "These are the sizes of the differences, three numbers for each "
        "pair of rows; squares, a sum and a root make a length of them.",
        _NORM,
    ),
    Mistake(
        "distances", "two-coordinates",
        (("X[:, None] - X", "X[:, None, :2] - X[:, :2]"),),
        "Too small.",
        "Only two of the three coordinates enter; a slice `:2` ends in "
        "front of the third.",
        _NORM,
    ),
    Mistake(
        "distances", "products-for-differences",
        "def f(X):\n    return X @ X.T\n",
        "Negative entries, and no zeros on the diagonal.",
        "X @ X.T holds the products of the rows, added up. They tell the "
        "distances only together with the lengths: "
        "‖a - b‖² = ‖a‖² + ‖b‖² - 2 a·b.",
        _PRODUCT,
    ),
    Mistake(
        "distances", "factor-two-forgotten",
        "def f(X):\n"
        "    s = (X ** 2).sum(1)\n"
        "    return (s[:, None] + s - X @ X.T).clamp(min=0).sqrt()\n",
        "No zeros on the diagonal.",
        "‖a - b‖² is ‖a‖² + ‖b‖² - 2 a·b; the factor of 2 is missing.",
        _NORM,
    ),
    Mistake(
        "distances", "root-of-a-negative",
        "def f(X):\n"
        "    s = (X ** 2).sum(1)\n"
        "    return (s[:, None] + s - 2 * X @ X.T).sqrt()\n",
        "NaN in some places, most of them on the diagonal.",
        "A NaN here comes from the root of a negative number. "
        "‖a‖² + ‖b‖² - 2 a·b is never negative in mathematics, but rounding "
        "takes it below 0 where two points coincide. Squares of differences "
        "can't be negative; or clamp at 0 in front of the root.",
        _ROUNDED,
    ),
    Mistake(
        "distances", "diagonal-filled",
        "def f(X):\n"
        "    D = torch.cdist(X, X)\n"
        "    return D.fill_diagonal_(math.inf)\n",
        "All right but the diagonal.",
        "All distances are right but those on the diagonal: a point is at "
        "distance 0 from itself. To find the closest pair, fill the "
        "diagonal of a copy, outside of the function.",
        _NORM,
    ),
    Mistake(
        "distances", "one-half-only",
        (("(apart ** 2).sum(2).sqrt()",
          "(apart ** 2).sum(2).sqrt().triu()"),),
        "Zeros below the diagonal.",
        "Only half of the table is filled, each pair once. The distance "
        "from j to i is that from i to j.",
        _NORM,
    ),
    Mistake(
        "distances", "one-half-only",
        (("(apart ** 2).sum(2).sqrt()",
          "(apart ** 2).sum(2).sqrt().tril()"),),
        "Zeros above the diagonal.",
        "Only half of the table is filled, each pair once. The distance "
        "from j to i is that from i to j.",
        _NORM,
    ),
    Mistake(
        "distances", "one-half-only",
        "def f(X):\n    return torch.pdist(X)\n",
        "One axis, with each pair once.",
        "Each pair is there once, in one long row; the exercise asks for the "
        "table, with both halves and the diagonal.",
        _NORM,
    ),
    Mistake(
        "distances", "nearest-only",
        "def f(X):\n"
        "    D = torch.cdist(X, X).fill_diagonal_(math.inf)\n"
        "    return D.min(1).values\n",
        "One number a point.",
        "This is each point's distance to its nearest neighbour; return the "
        "whole table, and look for the smallest one outside.",
        _NORM,
    ),
    Mistake(
        "distances", "twenty-rows-only",
        "def f(X):\n"
        "    D = torch.zeros(20, 20)\n"
        "    for i in range(20):\n"
        "        D[i] = ((X[i] - X) ** 2).sum(1).sqrt()\n"
        "    return D\n",
        "Right for twenty rows, raises for fewer.",
        "It is right for twenty rows and for no other number: take the "
        "number from the table, `len(X)`.",
        "N rows, How do we get one point, or one coordinate?, chapter 1",
    ),
    Mistake(
        "distances", "not-squared",
        (("(apart ** 2)", "apart.abs()"),),
        "Too small far out, too large nearby.",
        "A root is taken of the sizes' sum: the differences have to be "
        "squared.",
        _NORM,
    ),
    Mistake(
        "distances", "one-a-row",
        "def f(X):\n"
        "    return ((X[:, None] - X) ** 2).sum((1, 2)).sqrt()\n",
        "One number a point.",
        "Two axes are summed, that of the coordinates and one of the "
        "points; only the coordinates' axis, the last one, has to "
        "disappear.",
        "The axis that you name disappears, What are the two questions?, "
        "chapter 1",
    ),
    Mistake(
        "distances", "diagonal-left-out",
        "def f(X):\n"
        "    D = torch.cdist(X, X)\n"
        "    off = ~torch.eye(len(X), dtype=torch.bool)\n"
        "    return D[off].reshape(len(X), len(X) - 1)\n",
        "A column too few.",
        "The distances of the points to themselves are left out, which "
        "makes the table narrower, and the columns no longer belong to "
        "points. Leave the zeros in.",
        _NORM,
    ),
    Mistake(
        "distances", "last-row-left-out",
        "def f(X):\n"
        "    D = torch.zeros(len(X), len(X))\n"
        "    for i in range(len(X) - 1):\n"
        "        for j in range(len(X) - 1):\n"
        "            D[i, j] = (X[i] - X[j]).norm()\n"
        "    return D\n",
        "Zeros in the last row and the last column.",
        "The last point is left out: `range(n)` ends at n - 1 by itself.",
        "How do we get one point, or one coordinate?, chapter 1",
    ),
    Mistake(
        "distances", "sum-for-difference",
        "def f(X):\n"
        "    lengths = X.norm(dim=1)\n"
        "    return lengths[:, None] + lengths\n",
        "No zeros on the diagonal.",
        "The lengths of two rows are added: that is the way from one point "
        "to the other by way of the origin. Take the length of the "
        "difference.",
        _NORM,
    ),
    Mistake(
        "distances", "whole-numbers",
        "def f(X):\n"
        "    return torch.cdist(X, X).long()\n",
        "Whole numbers.",
        "The digits behind the point are cut off: the table is made of "
        "integers. `torch.zeros` makes floating numbers unless it is told "
        "otherwise.",
        "A dot decides, What is a point, to a computer?, chapter 1",
    ),
    Mistake(
        "distances", "products-for-differences",
        "def f(X):\n"
        "    unit = X / X.norm(dim=1, keepdim=True)\n"
        "    return 1 - unit @ unit.T\n",
        "Between 0 and 2.",
        "This compares directions: it is 0 for two points on the same ray, "
        "however far apart.",
        _NORM,
    ),
    Mistake(
        "third_zero", "third-not-zero",
        "def point():\n    return torch.tensor([[5.0, 5.0, 1e-30]])\n",
        "The sign is 1 or -1, however small the number.",
        "x3 is not exactly 0 here. However small it is, its sign is 1 or "
        "-1, and then both versions are the same.",
        _SIGN,
    ),
    Mistake(
        "third_zero", "zero-elsewhere",
        "def point():\n    return torch.tensor([[0.0, 5.0, 5.0]])\n",
        "The zero stands in the first place or the second.",
        "There is a 0, but not at x3, the one whose sign is taken: that is "
        "the last number, `X[:, 2]`.",
        _SIGN,
    ),
    Mistake(
        "third_zero", "second-is-silent",
        "def point():\n    return torch.tensor([[1.0, 5.0, 0.0]])\n",
        "x3 is 0, and x2 is large instead of x1.",
        "x3 is 0, and so far that is right. But the short version multiplies "
        "x2 by this 0, so whatever x2 is, it asks about x1 alone.",
        _SIGN,
    ),
    Mistake(
        "third_zero", "first-too-small",
        "def point():\n    return torch.tensor([[0.0, 0.0, 0.0]])\n",
        "x3 is 0, and all of them are small.",
        "x3 is 0, and so far that is right. Then the rule says 0; the short "
        "version must say 1, so what it asks about must pass the threshold.",
        _SIGN,
    ),
    Mistake(
        "third_zero", "on-the-threshold",
        "def point():\n    return torch.tensor([[1.33, 0.0, 0.0]])\n",
        "x1 is the threshold itself.",
        "x1 lies on the threshold, and the question is whether it lies "
        "beyond.",
        _SIGN,
    ),
    Mistake(
        "third_zero", "infinite",
        "def point():\n    return torch.tensor([[5.0, math.inf, 0.0]])\n",
        "0 times infinity is NaN.",
        "One coordinate is infinite, and 0 times infinity is not a number, "
        "which is beyond no threshold. Stay with finite ones.",
        _SIGN,
    ),
    Mistake(
        "shapes", "stretch-forgotten",
        (('"Y + X[:, :1]"', '"Y + X[:, 0]"'),),
        '"error" for the first.',
        "X[:, :1] is a slice and keeps its axis: 20 meets 20, and a 1 is "
        "stretched to 2.",
        _SIZES,
    ),
    Mistake(
        "shapes", "smaller-shape-wins",
        (('"Y + X[:, :1]"', '"X[:, :1]"'),),
        "(20, 1) for the first.",
        "The 1 is stretched to meet the 2; of two sizes the larger one "
        "stays.",
        _SIZES,
    ),
    Mistake(
        "shapes", "put-side-by-side",
        (('"Y + X[:, :1]"', '"torch.cat([Y, X[:, :1]], 1)"'),),
        "(20, 3) for the first.",
        "`+` adds the numbers, it does not put the columns side by side; "
        "that would be `torch.cat`.",
        _SIZES,
    ),
    Mistake(
        "shapes", "number-keeps-axis",
        (('"Y + X[:, :1]"', '"Y[:, 0] + X[:, 0]"'),),
        "(20,) for the first.",
        "No axis is lost here: both have two, and a slice keeps its own.",
        _SIZES,
    ),
    Mistake(
        "shapes", "row-for-column",
        (('"Y + X[:, 0]"', '"Y + X[:, :1]"'),),
        "(20, 2) for the second.",
        "X[:, 0] has lost an axis and is a row of twenty, not a column. "
        "Look at what meets its twenty, flush right.",
        _SIZES,
    ),
    Mistake(
        "shapes", "smaller-shape-wins",
        (('"Y + X[:, 0]"', '"X[:, 0]"'),),
        "(20,) for the second.",
        "X[:, 0] has one axis, and that one meets the last axis of Y; see "
        "whether one of the two sizes can be stretched to the other.",
        _SIZES,
    ),
    Mistake(
        "shapes", "all-with-all",
        (('"Y + X[:, 0]"', '"Y[:, :1] + X[:, 0]"'),),
        "(20, 20) for the second.",
        "A row against a column of size 1 would make such a table. Y has "
        "two columns, and a 2 is not stretched.",
        _SIZES,
    ),
    Mistake(
        "shapes", "row-for-column",
        (('"Y + X[:, 0]"', '"X[:, :1]"'),),
        "(20, 1) for the second.",
        "X[:, 0] has lost an axis and is a row of twenty, not a column. "
        "Look at what meets its twenty, flush right.",
        _SIZES,
    ),
    Mistake(
        "shapes", "transpose-overlooked",
        (('"Y.T + X[:, 0]"', '"Y + X[:, 0]"'),),
        '"error" for the third.',
        "Y.T has its twenty on the right, and X[:, 0] is a row of twenty.",
        _SIZES,
    ),
    Mistake(
        "shapes", "transpose-overlooked",
        (('"Y.T + X[:, 0]"', '"Y + X[:, :1]"'),),
        "(20, 2) for the third.",
        "That is the shape of Y; the transpose has its axes exchanged, and "
        "the sum keeps them so.",
        _SIZES,
    ),
    Mistake(
        "shapes", "smaller-shape-wins",
        (('"Y.T + X[:, 0]"', '"X[:, 0]"'),),
        "(20,) for the third.",
        "The missing axis of X[:, 0] is stretched to that of Y.T: of two "
        "shapes none gets smaller.",
        _SIZES,
    ),
    Mistake(
        "shapes", "star-is-not-at",
        (('"X[:, None] * W1.T"', '"X @ W1"'),),
        "(20, 4) for the fourth.",
        "`*` multiplies entry by entry and sums nothing: every product is "
        "still there, on an axis of its own.",
        _SIZES,
    ),
    Mistake(
        "shapes", "star-is-not-at",
        (('"X[:, None] * W1.T"', '"X[:, None] @ W1"'),),
        "(20, 1, 4) for the fourth.",
        "That would be `@`, where the 3 of both vanishes. `*` compares the "
        "sizes from the right, and stretches.",
        _SIZES,
    ),
    Mistake(
        "shapes", "new-axis-overlooked",
        (('"X[:, None] * W1.T"', '"X * W1.T"'),),
        '"error" for the fourth.',
        "`None` puts an axis of size 1 behind the first, and that 1 is what "
        "the number of columns of W1 meets.",
        _SIZES,
    ),
    Mistake(
        "shapes", "stretch-forgotten",
        (('"X[:, None] * W1.T"', '"X[:, None]"'),),
        "(20, 1, 3) for the fourth.",
        "That is X[:, None] itself; its 1 is stretched to what it meets in "
        "W1.T.",
        _SIZES,
    ),
    Mistake(
        "shapes", "axes-swapped",
        (('"X[:, None] * W1.T"', '"X[:, :, None] * W1"'),),
        "(20, 3, 4) for the fourth.",
        "The new axis stands in the middle and W1 is transposed, so the "
        "coordinates come last.",
        _SIZES,
    ),
    Mistake(
        "shapes", "axes-swapped",
        (('"X[:, None] * W1.T"', '"X * W1.T[:, None]"'),),
        "(4, 20, 3) for the fourth.",
        "The points are on the first axis of X[:, None]; flush right, the "
        "missing axis of W1.T is put in front.",
        _SIZES,
    ),
    Mistake(
        "shapes", "wrong-axis-summed",
        (('.sum(2)"', '.sum(1)"'),),
        "(20, 3) for the fifth.",
        "Axes are counted from 0, so axis 2 is the last one, and the one "
        "that is named disappears.",
        _SIZES,
    ),
    Mistake(
        "shapes", "wrong-axis-summed",
        (('.sum(2)"', '.sum(0)"'),),
        "(4, 3) for the fifth.",
        "The axis that is named disappears, and axis 2 is the last one. The "
        "points stay.",
        _SIZES,
    ),
    Mistake(
        "shapes", "axis-kept",
        (('.sum(2)"', '.sum(2, keepdim=True)"'),),
        "(20, 4, 1) for the fifth.",
        "Without `keepdim` the axis that is summed disappears.",
        _SIZES,
    ),
    Mistake(
        "shapes", "no-third-axis",
        (('"(X[:, None] * W1.T).sum(2)"', '"(X @ W1).sum(2)"'),),
        '"error" for the fifth.',
        "The product in the brackets has three axes, so there is an axis 2.",
        _SIZES,
    ),
    Mistake(
        "shapes", "summed-too-far",
        (('"(X[:, None] * W1.T).sum(2)"', '"(X @ W1).sum(1)"'),),
        "(20,) for the fifth.",
        "One axis of three disappears, and two are left.",
        _SIZES,
    ),
    Mistake(
        "shapes", "summed-too-far",
        (('.sum(2)"', '.sum()"'),),
        "() for the fifth.",
        "An axis is named, so only that one disappears.",
        _SIZES,
    ),
    Mistake(
        "shapes", "not-summed",
        (('.sum(2)"', '"'),),
        "(20, 4, 3) for the fifth.",
        "This is what stands in the brackets; the sum takes an axis away.",
        _SIZES,
    ),
    Mistake(
        "shapes", "number-keeps-axis",
        (('"X[0] @ W1"', '"X[:1] @ W1"'),),
        "(1, 4) for the last.",
        "X[0] has one axis, not a first one of size 1; it counts as a row "
        "and the result drops that axis again.",
        _PRODUCT,
    ),
    Mistake(
        "shapes", "number-keeps-axis",
        (('"X[0] @ W1"', '"(X[:1] @ W1).T"'),),
        "(4, 1) for the last.",
        "A factor with one axis gives a result with one axis less, so there "
        "is no axis of size 1.",
        _PRODUCT,
    ),
    Mistake(
        "shapes", "one-axis-allowed",
        (('"X[0] @ W1"', '"W1 @ X[0]"'),),
        '"error" for the last.',
        "A factor with one axis is allowed: on the left of `@` it counts as "
        "a row, and its 3 meets the 3 of W1.",
        _PRODUCT,
    ),
    Mistake(
        "shapes", "all-rows",
        (('"X[0] @ W1"', '"X @ W1"'),),
        "(20, 4) for the last.",
        "X[0] is a single point.",
        _PRODUCT,
    ),
    Mistake(
        "shapes", "wrong-size-vanishes",
        (('"X[0] @ W1"', '"X[0]"'),),
        "(3,) for the last.",
        "The 3 is the size that meets in the middle, and it vanishes; the "
        "columns of W1 stay.",
        _PRODUCT,
    ),
    Mistake(
        "shapes", "at-is-not-star",
        (('"X[0] @ W1"', '"X[0][:, None] * W1"'),),
        "(3, 4) for the last.",
        "`@` sums over the size that meets in the middle; `*` would keep "
        "all the products.",
        _PRODUCT,
    ),
    Mistake(
        "shapes", "summed-too-far",
        (('"X[0] @ W1"', '"(X[0] @ W1).sum()"'),),
        "() for the last.",
        "One sum for each column of W1, not one in all.",
        _PRODUCT,
    ),
    Mistake(
        "shapes", "all-with-all",
        (('"Y + X[:, :1]"', '"Y[:, 0] + X[:, :1]"'),),
        "(20, 20) for the first.",
        "Twenty meets twenty here, on the same axis: points are not paired "
        "with other points.",
        _SIZES,
    ),
    Mistake(
        "shapes", "axes-swapped",
        (('"Y + X[:, :1]"', '"Y.T + X[:, 0]"'),),
        "(2, 20) for the first.",
        "Nothing is transposed here, the points stay on the first axis.",
        _SIZES,
    ),
    Mistake(
        "shapes", "axes-swapped",
        (('"Y + X[:, 0]"', '"Y.T + X[:, 0]"'),),
        "(2, 20) for the second.",
        "That would need Y.T; here the last axis of Y meets the twenty.",
        _SIZES,
    ),
    Mistake(
        "shapes", "put-side-by-side",
        (('"Y + X[:, 0]"', '"torch.cat([Y, X[:, :1]], 1)"'),),
        "(20, 3) for the second.",
        "`+` adds the numbers, it does not put the columns side by side; "
        "that would be `torch.cat`.",
        _SIZES,
    ),
    Mistake(
        "shapes", "smaller-shape-wins",
        (('"Y.T + X[:, 0]"', '"Y[0]"'),),
        "(2,) for the third.",
        "No axis disappears in a sum: the shape that comes out has as many "
        "axes as the longer one.",
        _SIZES,
    ),
    Mistake(
        "shapes", "new-axis-overlooked",
        (('"X[:, None] * W1.T"', '"X"'),),
        "(20, 3) for the fourth.",
        "Two axes can't be all: `None` has added one to X, and its 1 meets "
        "the columns of W1.",
        _SIZES,
    ),
    Mistake(
        "shapes", "smaller-shape-wins",
        (('"X[:, None] * W1.T"', '"W1.T"'),),
        "(4, 3) for the fourth.",
        "The axis that W1.T has not is stretched to the points: of two "
        "shapes none gets smaller.",
        _SIZES,
    ),
    Mistake(
        "shapes", "summed-too-far",
        (('"(X[:, None] * W1.T).sum(2)"',
          '"(X @ W1).sum(1, keepdim=True)"'),),
        "(20, 1) for the fifth.",
        "One axis of three disappears, and the other two stay as they are.",
        _SIZES,
    ),
    Mistake(
        "shapes", "summed-too-far",
        (('"(X[:, None] * W1.T).sum(2)"', '"(X @ W1).sum(0)"'),),
        "(4,) for the fifth.",
        "One axis of three disappears, and two are left; the points stay.",
        _SIZES,
    ),
    Mistake(
        "shapes", "star-is-not-at",
        (('"(X[:, None] * W1.T).sum(2)"', '"X[:, None] @ W1"'),),
        "(20, 1, 4) for the fifth.",
        "`*` sums nothing, and the sum takes its last axis away: two axes "
        "are left.",
        _SIZES,
    ),
    Mistake(
        "shapes", "all-rows",
        (('"X[0] @ W1"', '"X @ W1[:, 0]"'),),
        "(20,) for the last.",
        "X[0] is a single point, and what is left are the columns of W1.",
        _PRODUCT,
    ),
    Mistake(
        "gentle_slope", "one-minus-sigmoid",
        "def f(z):\n"
        "    value = torch.sigmoid(z)\n"
        "    return (1 - value) * value\n",
        "Right to the left, 0 to the right of 17.",
        "To the right of 0, σ(z) is close to 1, and 1 - σ(z) loses the "
        "digits that count; from 17 on nothing is left. Write 1 - σ(z) "
        "without subtracting.",
        _GENTLE,
    ),
    Mistake(
        "gentle_slope", "one-minus-sigmoid",
        "def f(z):\n"
        "    value = torch.sigmoid(z)\n"
        "    return value - value ** 2\n",
        "Right to the left, 0 to the right of 17.",
        "σ(z) - σ(z)² is the same subtraction of two numbers that are "
        "nearly equal, as soon as σ(z) is close to 1. Write 1 - σ(z) "
        "without subtracting.",
        _GENTLE,
    ),
    Mistake(
        "gentle_slope", "one-minus-sigmoid",
        "def f(z):\n"
        "    value = 1 / (1 + torch.exp(-z))\n"
        "    return value * (1 - value)\n",
        "Right to the left, 0 to the right of 17.",
        "To the right of 0, σ(z) is close to 1, and 1 - σ(z) loses the "
        "digits that count; from 17 on nothing is left. Write 1 - σ(z) "
        "without subtracting.",
        _GENTLE,
    ),
    Mistake(
        "gentle_slope", "one-minus-sigmoid",
        "def f(z):\n"
        "    z = z.clone().requires_grad_()\n"
        "    torch.sigmoid(z).sum().backward()\n"
        "    return z.grad\n",
        "Right to the left, 0 to the right of 17.",
        "PyTorch's own derivative of the sigmoid is made of the value in "
        "the same way, and 1 - σ(z) loses the digits that count. Write "
        "1 - σ(z) without subtracting.",
        _GENTLE,
    ),
    Mistake(
        "gentle_slope", "wrong-tail",
        "def f(z):\n"
        "    value = torch.sigmoid(z.abs())\n"
        "    return value * (1 - value)\n",
        "The same on both sides: dead beyond 17 on either.",
        "Both sides agree now, since both are taken where σ is close to 1, "
        "and there 1 - σ(z) loses its digits. Use the other side, where σ "
        "is close to 0.",
        _TAILS,
    ),
    Mistake(
        "gentle_slope", "wrong-tail",
        "def f(z):\n"
        "    left = torch.sigmoid(z) * (1 - torch.sigmoid(z))\n"
        "    right = torch.sigmoid(-z) * (1 - torch.sigmoid(-z))\n"
        "    return torch.minimum(left, right)\n",
        "The smaller of two answers, one of which is dead.",
        "Of the two sides this takes the one that has lost its digits: 0 is "
        "always the smaller one.",
        _TAILS,
    ),
    Mistake(
        "gentle_slope", "both-tails-lost",
        "def f(z):\n    return (1 - torch.tanh(z / 2) ** 2) / 4\n",
        "The same on both sides: dead beyond 17 on either.",
        "Near 0 it is right; far out on both sides the small number that "
        "counts is subtracted from 1 or added to something larger, and its "
        "digits are gone.",
        _TAILS,
    ),
    Mistake(
        "gentle_slope", "both-tails-lost",
        "def f(z):\n    z = z.clamp(-16, 16)\n"
        "    return torch.sigmoid(z) * torch.sigmoid(-z)\n",
        "Constant beyond 16.",
        "Near 0 it is right; far out it has a floor and does not fall any "
        "more, where the true slope does.",
        _TAILS,
    ),
    Mistake(
        "gentle_slope", "overflows",
        "def f(z):\n    return torch.exp(-z) / (1 + torch.exp(-z)) ** 2\n",
        "0 or NaN far out on the left.",
        "Far out the exponential, or its square, passes the largest "
        "float32 and becomes infinite; what is divided by it is 0 or no "
        "number. Let the exponent be negative on both sides.",
        _TAILS,
    ),
    Mistake(
        "gentle_slope", "overflows",
        "def f(z):\n    return torch.exp(z) / (1 + torch.exp(z)) ** 2\n",
        "0 or NaN far out on the right.",
        "Far out the exponential, or its square, passes the largest "
        "float32 and becomes infinite; what is divided by it is 0 or no "
        "number. Let the exponent be negative on both sides.",
        _TAILS,
    ),
    Mistake(
        "gentle_slope", "float64-postpones",
        "def f(z):\n"
        "    value = torch.sigmoid(z.double())\n"
        "    return ((1 - value) * value).float()\n",
        "Right to 30, 0 beyond 37.",
        "In float64 the same subtraction goes well for longer, and then "
        "dies just so, as the table has it. The exercise asks for float32 "
        "and another formula.",
        _TAILS,
    ),
    Mistake(
        "gentle_slope", "through-float64",
        "def f(z):\n"
        "    z = z.double()\n"
        "    return (torch.sigmoid(z) * torch.sigmoid(-z)).float()\n",
        "Right, by way of float64.",
        "The numbers are right, and they come from float64, which the "
        "exercise rules out. The formula may be good enough without: leave "
        "the conversion away and see.",
        _GENTLE,
    ),
    Mistake(
        "gentle_slope", "square-for-slope",
        "def f(z):\n    return torch.sigmoid(z) ** 2\n",
        "Right at 0 alone.",
        "σ(z) is multiplied by itself. The second factor is 1 - σ(z), the "
        "sigmoid on the other side of 0.",
        _GENTLE,
    ),
    Mistake(
        "gentle_slope", "square-for-slope",
        "def f(z):\n    return torch.sigmoid(-z) ** 2\n",
        "Right at 0 alone.",
        "σ(-z) is multiplied by itself; one of the two factors is σ(z).",
        _GENTLE,
    ),
    Mistake(
        "gentle_slope", "square-for-slope",
        "def f(z):\n    return torch.sigmoid(-z.abs()) ** 2\n",
        "The same on both sides, and right at 0 alone.",
        "The same factor is taken twice; one of them has to be the other "
        "sigmoid.",
        _GENTLE,
    ),
    Mistake(
        "gentle_slope", "half-a-slope",
        "def f(z):\n    return torch.sigmoid(-z)\n",
        "Nearly right far out on the right.",
        "This is the factor 1 - σ(z) alone; σ(z) is missing.",
        _GENTLE,
    ),
    Mistake(
        "gentle_slope", "half-a-slope",
        "def f(z):\n    return torch.sigmoid(z)\n",
        "Nearly right far out on the left.",
        "This is the sigmoid, not its slope: the factor 1 - σ(z) is missing.",
        _GENTLE,
    ),
    Mistake(
        "gentle_slope", "half-a-slope",
        "def f(z):\n    return torch.sigmoid(-z.abs())\n",
        "Nearly right far out on both sides.",
        "This is the smaller of the two factors alone; the other one is "
        "missing.",
        _GENTLE,
    ),
    Mistake(
        "gentle_slope", "wrong-sign",
        "def f(z):\n    return -torch.sigmoid(z) * torch.sigmoid(-z)\n",
        "All negative.",
        "The sign is wrong: the sigmoid rises everywhere.",
        _GENTLE,
    ),
    Mistake(
        "gentle_slope", "slope-of-tanh",
        "def f(z):\n    return 1 - torch.tanh(z) ** 2\n",
        "Four times too large at 0.",
        "1 - tanh² is the slope of tanh.",
        _GENTLE,
    ),
    Mistake(
        "gentle_slope", "slope-of-tanh",
        "def f(z):\n    return 1 - torch.sigmoid(z) ** 2\n",
        "Three times too large at 0.",
        "1 - value² is the slope of tanh; the sigmoid's is σ(z) (1 - σ(z)).",
        _GENTLE,
    ),
    Mistake(
        "gentle_slope", "sigmoid-twice",
        "def f(z):\n"
        "    value = torch.sigmoid(z)\n"
        "    return torch.sigmoid(value) * torch.sigmoid(-value)\n",
        "Between 0.19 and 0.25 everywhere.",
        "The sigmoid is taken of a sigmoid; both factors take z itself.",
        _GENTLE,
    ),
    Mistake(
        "gentle_slope", "larger-side",
        "def f(z):\n"
        "    left = torch.sigmoid(z) * (1 - torch.sigmoid(z))\n"
        "    right = torch.sigmoid(-z) * (1 - torch.sigmoid(-z))\n"
        "    return torch.maximum(left, right)\n",
        "Right far out, off by some percent before.",
        "Of the two sides this takes the larger answer. Before the wrong "
        "side dies it is too large as often as too small; take the side by "
        "the sign of z.",
        _TAILS,
    ),
    Mistake(
        "gentle_slope", "square-for-slope",
        "def f(z):\n"
        "    return torch.sigmoid(z) * (1 - torch.sigmoid(-z))\n",
        "Right at 0 alone.",
        "1 - σ(-z) is σ(z) again, so σ(z) is squared: either subtract or "
        "turn the sign of z, not both.",
        _GENTLE,
    ),
    Mistake(
        "gentle_slope", "denominator-forgotten",
        "def f(z):\n"
        "    return torch.exp(-z.abs())\n",
        "Nearly right far out.",
        "This is the numerator alone, to which the slope comes close far "
        "out; nearer to 0 the denominator counts, (1 + u)².",
        _GENTLE,
    ),
    Mistake(
        "gentle_slope", "not-halved",
        "def f(z):\n"
        "    return 0.25 / torch.cosh(z) ** 2\n",
        "Right at 0, too small everywhere else.",
        "The slope is 1 / (4 cosh²(z / 2)): z has to be halved first.",
        _GENTLE,
    ),
    Mistake(
        "gentle_slope", "not-halved",
        "def f(z):\n"
        "    return 0.25 * (1 - torch.tanh(z) ** 2)\n",
        "Right at 0, too small everywhere else.",
        "The slope is (1 - tanh²(z / 2)) / 4, so z has to be halved first; "
        "and far out the subtraction would lose its digits again.",
        _GENTLE,
    ),
    Mistake(
        "gentle_slope", "still-a-logarithm",
        "def f(z):\n"
        "    F = torch.nn.functional\n"
        "    return F.logsigmoid(z) + F.logsigmoid(-z)\n",
        "Negative numbers.",
        "This is the logarithm of the slope; `torch.exp` of it is right.",
        _GENTLE,
    ),
    Mistake(
        "careful_sum", "sixty-columns-only",
        (("rows.unbind(1)", "[rows[:, k] for k in range(60)]"),),
        "Right for sixty columns, raises for fewer.",
        "It is right for sixty columns and for no other number: take the "
        "number from the table, `rows.shape[1]`.",
        "running_sum, Sums: does the order matter?, lab page A",
    ),
    Mistake(
        "careful_sum", "one-number",
        (("return t + lost", "return (t + lost).sum()"),),
        "One number for all rows.",
        "The sums of all rows are added up; return one for each row.",
        "running_sum, Sums: does the order matter?, lab page A",
    ),
    Mistake(
        "careful_sum", "counted-inside",
        (("return t + lost", "return len((t + lost).unique())"),),
        "One number, and a small one.",
        "The different answers are counted inside of the function; return "
        "the sums, one for each row, and count outside.",
        "running_sum, Sums: does the order matter?, lab page A",
    ),
    Mistake(
        "careful_sum", "counted-inside",
        (("return t + lost", "return (t + lost).unique()"),),
        "Sorted, and some sums less.",
        "`unique` sorts the sums and drops what occurs twice; return one "
        "sum for each row, and look for the different ones outside.",
        "running_sum, Sums: does the order matter?, lab page A",
    ),
    Mistake(
        "careful_sum", "down-the-columns",
        (("zeros_like(rows[:, 0])", "zeros_like(rows[0])"),
         ("rows.unbind(1)", "rows")),
        "A number for each column.",
        "The rows are added to each other. Each row is to have its own sum, "
        "so the loop goes over the columns, `rows.unbind(1)`.",
        "running_sum, Sums: does the order matter?, lab page A",
    ),
    Mistake(
        "careful_sum", "mean-for-sum",
        (("return t + lost", "return (t + lost) / rows.shape[1]"),),
        "Too small by the number of columns.",
        "This is the mean of each row; the exercise asks for the sum.",
        "running_sum, Sums: does the order matter?, lab page A",
    ),
    Mistake(
        "careful_sum", "first-counted-twice",
        (("t = torch.zeros_like(rows[:, 0])", "t = rows[:, 0]"),),
        "Off by the first column.",
        "The sum starts with the first column, and the loop adds it again.",
        "running_sum, Sums: does the order matter?, lab page A",
    ),
    Mistake(
        "careful_sum", "last-left-out",
        (("rows.unbind(1)", "rows[:, :-1].unbind(1)"),),
        "Off by the last column.",
        "The last column is left out.",
        "running_sum, Sums: does the order matter?, lab page A",
    ),
    Mistake(
        "careful_sum", "updated-too-soon",
        (("new = t + x ", "new = t = t + x "),),
        "Far too large.",
        "t is replaced before the lost part is computed, which needs the "
        "sum from before the addition.",
        _ROUNDED,
    ),
    Mistake(
        "careful_sum", "plain-sum",
        "def f(rows):\n"
        "    t = torch.zeros_like(rows[:, 0])\n"
        "    for x in rows.unbind(1):\n"
        "        t = t + x\n"
        "    return t\n",
        "As far off as the running sum.",
        "These are the numbers of a plain sum, which keeps nothing of what "
        "its additions lose.",
        _ROUNDED,
    ),
    Mistake(
        "careful_sum", "plain-sum",
        "def f(rows):\n    return rows.sum(1)\n",
        "As far off as any sum in float32.",
        "PyTorch's sum takes another order and keeps nothing of what its "
        "additions lose.",
        _ROUNDED,
    ),
    Mistake(
        "careful_sum", "plain-sum",
        "def f(rows):\n"
        "    order = rows.abs().argsort(1)\n"
        "    return rows.gather(1, order).sum(1)\n",
        "As far off as any sum in float32.",
        "Sorting helps where all numbers have one sign; where large ones "
        "cancel, the small ones are lost in between, in any order.",
        _ROUNDED,
    ),
    Mistake(
        "careful_sum", "lost-part-unused",
        (("return t + lost", "return t"),),
        "As far off as the running sum.",
        "The sum is the plain one, though the lost parts are computed: they "
        "have to be added up, and added to the sum at the end.",
        _ROUNDED,
    ),
    Mistake(
        "careful_sum", "lost-part-unused",
        (("lost = lost + part", "lost = part"),),
        "As far off as the running sum.",
        "Only the last lost part is left, which is too small to count: they "
        "have to be added up, and added to the sum at the end.",
        _ROUNDED,
    ),
    Mistake(
        "careful_sum", "kahan",
        "def f(rows):\n"
        "    t = torch.zeros_like(rows[:, 0])\n"
        "    lost = torch.zeros_like(t)\n"
        "    for x in rows.unbind(1):\n"
        "        x = x + lost\n"
        "        new = t + x\n"
        "        lost = (t - new) + x\n"
        "        t = new\n"
        "    return t\n",
        "Right for numbers of one sign, not where large ones cancel.",
        "This is Kahan's sum: it hands the lost part on to the next number "
        "at once, where it is lost again if that number is large. Keep the "
        "lost parts in a sum of their own until the end.",
        _ROUNDED,
    ),
    Mistake(
        "careful_sum", "kahan",
        "def f(rows):\n"
        "    t = torch.zeros_like(rows[:, 0])\n"
        "    lost = torch.zeros_like(t)\n"
        "    for x in rows.unbind(1):\n"
        "        x = x + lost\n"
        "        new = t + x\n"
        "        lost = (t - new) + x\n"
        "        t = new\n"
        "    return t + lost\n",
        "Right for numbers of one sign, not where large ones cancel.",
        "This is Kahan's sum with one addition more: it hands the lost part "
        "on to the next number at once, where it is lost again if that "
        "number is large. Keep all lost parts in a sum of their own.",
        _ROUNDED,
    ),
    Mistake(
        "careful_sum", "kahan-with-where",
        "def f(rows):\n"
        "    t = torch.zeros_like(rows[:, 0])\n"
        "    lost = torch.zeros_like(t)\n"
        "    for x in rows.unbind(1):\n"
        "        x = x + lost\n"
        "        new = t + x\n"
        "        lost = torch.where(\n"
        "            t.abs() >= x.abs(), (t - new) + x, (x - new) + t)\n"
        "        t = new\n"
        "    return t\n",
        "Better than Kahan's sum, and wrong where large numbers cancel.",
        "The lost part is right, and it is handed on to the next number at "
        "once, where it is lost again if that number is large. Keep the "
        "lost parts in a sum of their own until the end.",
        _ROUNDED,
    ),
    Mistake(
        "careful_sum", "missing-where",
        (("torch.where(larger, (t - new) + x, (x - new) + t)",
          "(t - new) + x"),),
        "Wrong in rows where a number is larger than the sum so far.",
        "(t - new) + x is the lost part only if t is the larger of the two "
        "in size; where x is, it is (x - new) + t.",
        _ROUNDED,
    ),
    Mistake(
        "careful_sum", "missing-where",
        (("torch.where(larger, (t - new) + x, (x - new) + t)",
          "(x - new) + t"),),
        "Wrong in rows where the sum so far is larger than a number.",
        "(x - new) + t is the lost part only if x is the larger of the two "
        "in size; where t is, it is (t - new) + x.",
        _ROUNDED,
    ),
    Mistake(
        "careful_sum", "where-reversed",
        (("t.abs() >= x.abs()", "t.abs() < x.abs()"),),
        "As far off as a plain sum, or nearly.",
        "The two cases are exchanged: the larger of the two is the one from "
        "which `new` is subtracted first.",
        _ROUNDED,
    ),
    Mistake(
        "careful_sum", "sizes-without-abs",
        (("t.abs() >= x.abs()", "t >= x"),),
        "Wrong in rows with large negative numbers.",
        "t and x are compared with their signs; which of them is larger in "
        "size decides.",
        _ROUNDED,
    ),
    Mistake(
        "careful_sum", "one-decision-for-all",
        (("t.abs() >= x.abs()", "(t.abs() >= x.abs()).all()"),),
        "Right for a single row.",
        "One decision is made for all rows at once; each row has its own t "
        "and x, as `torch.where` decides them.",
        _ROUNDED,
    ),
    Mistake(
        "careful_sum", "one-decision-for-all",
        (("t.abs() >= x.abs()", "(t.abs() >= x.abs()).any()"),),
        "Right for a single row.",
        "One decision is made for all rows at once; each row has its own t "
        "and x, as `torch.where` decides them.",
        _ROUNDED,
    ),
    Mistake(
        "careful_sum", "lost-subtracted",
        (("return t + lost", "return t - lost"),),
        "Twice as far off as the plain sum.",
        "The lost parts have the wrong sign, so that what was lost is taken "
        "away once more.",
        _ROUNDED,
    ),
    Mistake(
        "careful_sum", "added-at-every-step",
        (("t = new", "t = new + lost"),),
        "Lost parts count several times.",
        "The sum of the lost parts enters at every step, so each part counts "
        "many times; add it once, at the end.",
        _ROUNDED,
    ),
    Mistake(
        "careful_sum", "only-the-lost-part",
        (("return t + lost", "return lost"),),
        "What is missing, without the sum.",
        "This is the sum of the lost parts alone; add the running sum.",
        _ROUNDED,
    ),
    Mistake(
        "careful_sum", "summed-in-float64",
        "def f(rows):\n    return rows.double().sum(1).float()\n",
        "Right until the numbers differ by more than 53 binary digits.",
        "It adds with more digits than float32 has, and loses nothing as "
        "long as they suffice. Rows with larger numbers are as wrong as "
        "before: more digits postpone, lost parts that are kept repair.",
        _ROUNDED,
    ),
    Mistake(
        "careful_sum", "summed-in-float64",
        "def f(rows):\n"
        "    t = torch.zeros(len(rows), dtype=torch.float64)\n"
        "    for x in rows.unbind(1):\n"
        "        t = t + x\n"
        "    return t\n",
        "Right until the numbers differ by more than 53 binary digits.",
        "The running sum is float64, and loses nothing as long as its "
        "digits suffice. Rows with larger numbers are as wrong as before: "
        "more digits postpone, lost parts that are kept repair.",
        _ROUNDED,
    ),
    Mistake(
        "careful_sum", "if-for-where",
        "def f(rows):\n"
        "    t, lost = 0 * rows[:, 0], 0 * rows[:, 0]\n"
        "    for x in rows.unbind(1):\n"
        "        new = t + x\n"
        "        if t.abs() >= x.abs():\n"
        "            lost = lost + ((t - new) + x)\n"
        "        else:\n"
        "            lost = lost + ((x - new) + t)\n"
        "        t = new\n"
        "    return t + lost\n",
        "Raises, unless there is a single row.",
        "An `if` needs one yes or no, and each row has its own: let "
        "`torch.where` decide them all. For a single row your function is "
        "right.",
        _ROUNDED,
    ),
    Mistake(
        "careful_sum", "brackets-moved",
        (("(t - new) + x, (x - new) + t",
          "t - (new + x), x - (new + t)"),),
        "Far off.",
        "The brackets are in the wrong place: first subtract `new`, then "
        "add the smaller one. In floating numbers the order is what counts.",
        _ROUNDED,
    ),
    Mistake(
        "careful_sum", "sign-inside",
        (("(t - new) + x, (x - new) + t",
          "(t - new) - x, (x - new) - t"),),
        "Far off.",
        "The lost part is what was to be added less what was added: (t - "
        "new) is minus what was added, and the smaller one comes with a "
        "plus.",
        _ROUNDED,
    ),
    Mistake(
        "careful_sum", "sign-inside",
        (("torch.where(larger, (t - new) + x, (x - new) + t)",
          "(t - new) - x"),),
        "Far off.",
        "The lost part is what was to be added less what was added: (t - "
        "new) is minus what was added, and x comes with a plus. And where x "
        "is the larger one in size, the two change places.",
        _ROUNDED,
    ),
    Mistake(
        "careful_sum", "added-at-every-step",
        (("new = t + x ", "x = x + lost\n        new = t + x "),),
        "Lost parts count several times.",
        "The sum of the lost parts is added to every number: each part "
        "counts many times. Add it once, at the end.",
        _ROUNDED,
    ),
    Mistake(
        "careful_sum", "added-at-every-step",
        (("new = t + x ", "x = x + lost\n        new = t + x "),
         ("return t + lost", "return t")),
        "Lost parts count several times.",
        "The sum of the lost parts is added to every number: each part "
        "counts many times. Add it once, at the end.",
        _ROUNDED,
    ),
]
