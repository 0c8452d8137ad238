"""The Python side of ClipBenchmark: the same directory, batch and rounds, in open_clip and PyTorch.

    OMP_NUM_THREADS=1 python clip_benchmark.py DIRECTORY BATCH ROUNDS
"""

import json
import pathlib
import sys
import time

import torch
from open_clip.model import CLIP
from safetensors.torch import load_file

from rounds import measure

directory, batch, rounds = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
config = json.loads((directory / "open_clip_config.json").read_text())["model_cfg"]
start = time.perf_counter()
model = CLIP(config["embed_dim"], config["vision_cfg"], config["text_cfg"], quick_gelu=config["quick_gelu"])
model.load_state_dict(load_file(directory / "open_clip_model.safetensors"))
print(f"load: {time.perf_counter() - start:.2f} s")
size = config["vision_cfg"]["image_size"]
pixels = torch.randn(batch, 3, size, size)
visual = model.visual.eval()


def forward():
    with torch.no_grad():
        visual(pixels).tolist()


def forward_and_backward():
    visual.zero_grad()
    loss = visual(pixels).sum()
    loss.backward()
    loss.item()


measure("forward", batch, rounds, forward)
measure("forward and backward", batch, rounds, forward_and_backward)
