"""Writes tiny image encoders of random weights as TorchScript, and what PyTorch computes with them.

    python torchscript.py ../src/test/resources/dev/capstan/model/torchscript

grid.pt gives N x C x H x W (traced, with a batch norm that must not learn), tokens.pt N x L x D, pooled.pt N x D as the first
of a tuple (scripted). expected.safetensors has the pixels and each program's first output.
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

SIZE = 16
directory = Path(sys.argv[1])
torch.manual_seed(5)


class Grid(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first = torch.nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.norm = torch.nn.BatchNorm2d(8)
        self.second = torch.nn.Conv2d(8, 12, 3, stride=2, padding=1)

    def forward(self, x):
        return torch.relu(self.second(torch.relu(self.norm(self.first(x)))))


class Tokens(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.grid = Grid()

    def forward(self, x):
        return self.grid(x).flatten(2).transpose(1, 2)


class Pooled(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.grid = Grid()
        self.head = torch.nn.Linear(12, 2)

    def forward(self, x):
        features = self.grid(x).mean([2, 3])
        return features, self.head(features)


pixels = torch.randn(2, 3, SIZE, SIZE)
expected = {"pixels": pixels}
for name, module in (("grid", Grid()), ("tokens", Tokens()), ("pooled", Pooled())):
    for norm in module.modules():
        if isinstance(norm, torch.nn.BatchNorm2d):
            norm.running_mean.normal_()
            norm.running_var.uniform_(0.5, 2)
    module.eval()
    with torch.no_grad():
        output = module(pixels)
        program = torch.jit.script(module) if name == "pooled" else torch.jit.trace(module, pixels)
    expected[name] = (output[0] if isinstance(output, tuple) else output).contiguous()
    program.save(str(directory / f"{name}.pt"))
save_file(expected, str(directory / "expected.safetensors"))
