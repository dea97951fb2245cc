"""The picture that goes with a shared link, drawn for each page."""

from PIL import Image, ImageDraw, ImageFont

from toynet.plots import ROLES

SIZE = (1200, 630)
FINE = 2  # drawn larger, then made smaller: smooth edges
BOOK = "Twenty-Six Numbers"
FONT = "source-serif-4-latin-{}-normal.woff2"
COLUMNS = [(770, 3, "input"), (930, 4, "hidden"), (1090, 2, "output")]


def draw_card(fonts, title, number=""):
    """Draw the network, the book's name and a page's title."""
    card = Image.new("RGB", [n * FINE for n in SIZE], ROLES["paper"])
    draw = ImageDraw.Draw(card)
    draw_network(draw)
    small, large = font(fonts, 400, 40), font(fonts, 600, 76)
    lines = wrapped(draw, title, large, 600 * FINE)
    top = 315 - 45 * len(lines)
    write(draw, (72, 80), BOOK, small, ROLES["muted"])
    if number:
        write(draw, (72, top - 62), f"Chapter {number}", small,
              ROLES["muted"])
    for i, line in enumerate(lines):
        write(draw, (72, top + 90 * i), line, large, ROLES["ink"])
    card = card.resize(SIZE, Image.Resampling.LANCZOS)
    return card.quantize(64, dither=Image.Dither.NONE)


def draw_network(draw):
    """Draw three, four and two circles, and every line between them."""
    points = [
        [(x, 315 + 116 * (i - (n - 1) / 2)) for i in range(n)]
        for x, n, _ in COLUMNS
    ]
    for left, right in zip(points, points[1:], strict=False):
        for a in left:
            for b in right:
                draw.line([scaled(a), scaled(b)], ROLES["muted"], 3 * FINE)
    for column, (_, _, role) in zip(points, COLUMNS, strict=True):
        for point in column:
            draw.circle(scaled(point), 34 * FINE, ROLES[role])


def scaled(point):
    """Return a point of the picture on the larger drawing."""
    return tuple(n * FINE for n in point)


def font(folder, weight, size):
    """Open the book's own type."""
    return ImageFont.truetype(
        folder / FONT.format(weight), size * FINE,
        layout_engine=ImageFont.Layout.BASIC)


def write(draw, point, text, font, colour):
    """Write one line."""
    draw.text(scaled(point), text, colour, font)


def wrapped(draw, text, font, width):
    """Break a title into lines that are no wider than `width`."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if draw.textlength(longer, font) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return [line for line in lines if line]
