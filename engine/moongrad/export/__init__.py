"""
A model and its run, carried out into the world.

`to_json` and `from_json` keep all of it; `to_python`, `to_pytorch` and `to_notebook`
write code that reproduces the run; `to_onnx` writes the model alone.
"""

from moongrad.export.document import to_json
from moongrad.export.model_file import to_onnx
from moongrad.export.notebook import to_notebook
from moongrad.export.pytorch import to_pytorch
from moongrad.export.reader import from_json
from moongrad.export.script import to_python

__all__ = [
    "from_json",
    "to_json",
    "to_notebook",
    "to_onnx",
    "to_python",
    "to_pytorch",
]
