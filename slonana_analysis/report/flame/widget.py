"""The flame graph as a Jupyter widget."""

import anywidget
import traitlets

from slonana_analysis.report.flame.script import script_text, style_text


class FlameGraphWidget(anywidget.AnyWidget):
    """A flame graph in JupyterLab, Notebook 7 or VS Code; needs no network.

    Parameters
    ----------
    document : str
        From ``document.packed``.
    """

    _esm = script_text()
    _css = style_text()
    document = traitlets.Unicode().tag(sync=True)
