"""The cells of a notebook, and the file that they are written to."""

import json


def text_cell(name, source, **metadata):
    """Make a cell of text."""
    return {"cell_type": "markdown", "id": name, "metadata": metadata,
            "source": source}


def code_cell(name, source, **metadata):
    """Make a cell of code, not yet run."""
    return {"cell_type": "code", "execution_count": None, "id": name,
            "metadata": metadata, "outputs": [], "source": source}


def write_notebook(path, cells):
    """Write a notebook: two builds give the same bytes."""
    kernel = {"display_name": "Python 3", "language": "python",
              "name": "python3"}
    notebook = {
        "cells": [
            {**cell, "source": cell["source"].splitlines(keepends=True)}
            for cell in cells
        ],
        "metadata": {"kernelspec": kernel,
                     "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    text = json.dumps(notebook, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
