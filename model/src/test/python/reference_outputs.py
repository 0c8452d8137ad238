"""Writes src/test/resources/dev/capstan/model/reference-outputs.json: what the reference implementations compute.

Needs torch, transformers and the module clip.model of openai/CLIP on the path:
    python reference_outputs.py reference-outputs.json
Weights and inputs follow a formula that the Java test repeats, so that only outputs are kept.
"""

import json
import math
import sys

import torch
import torch.nn.functional as functional
from clip.model import CLIP
from transformers import GPT2Config, GPT2LMHeadModel


def value(name, index):
    noise = math.sin(1.0 + sum(map(ord, name)) + index * 12.9898) * 43758.5453
    return 2 * (noise - math.floor(noise)) - 1


def fill(name, tensor):
    count = tensor.numel()
    values = [value(name, index) for index in range(count)]
    if name.endswith("running_var"):
        values = [1 + 0.2 * v for v in values]
    elif name.endswith("logit_scale"):
        values = [math.log(1 / 0.07)]
    elif tensor.dim() < 2 and name.endswith("weight"):
        values = [1 + 0.2 * v for v in values]
    elif tensor.dim() < 2:
        values = [0.1 * v for v in values]
    else:
        values = [math.sqrt(4.0 / (count / tensor.shape[0])) * v for v in values]
    with torch.no_grad():
        tensor.copy_(torch.tensor(values, dtype=torch.float64).reshape(tensor.shape).float())


def load(module, prefix, skipped):
    state = module.state_dict()
    for key, tensor in state.items():
        if not key.endswith(skipped):
            fill(prefix + key, tensor)
    module.load_state_dict(state)


def pixel(index, elements):
    image = index // elements
    return 1.5 * value("pixels", index) * (0.3 + image) + image * 0.4 * math.sin(index * 0.011)


def numbers(tensor):
    return [float("%.7g" % v) for v in tensor.detach().flatten().tolist()]


clip = CLIP(16, 64, (2, 1, 1, 1), 8, None, 8, 50, 16, 2, 2).float()
load(clip, "clip.", "num_batches_tracked")
elements = 64 * 64 * 3
pixels = torch.tensor([pixel(i, elements) for i in range(4 * elements)], dtype=torch.float64)
images = pixels.float().reshape(4, 64, 64, 3).permute(0, 3, 1, 2).contiguous()
texts = torch.tensor(
    [[48, 3, 7, 49, 0, 0, 0, 0], [48, 5, 49, 0, 0, 0, 0, 0], [48, 1, 2, 3, 4, 5, 6, 49], [48, 9, 9, 49, 0, 0, 0, 0]]
)

outputs = {}
clip.eval()
with torch.no_grad():
    outputs["images"] = numbers(clip.encode_image(images))
    outputs["texts"] = numbers(clip.encode_text(texts))

clip.train()
image = functional.normalize(clip.encode_image(images), dim=1)
text = functional.normalize(clip.encode_text(texts), dim=1)
logits = clip.logit_scale.exp() * image @ text.t()
pairs = torch.arange(4)
loss = (functional.cross_entropy(logits, pairs) + functional.cross_entropy(logits.t(), pairs)) / 2
loss.backward()
outputs["loss"] = loss.item()
parameters = dict(clip.named_parameters())
outputs["gradients"] = {
    "clip." + name: {"offset": offset, "values": numbers(parameters[name].grad.flatten()[offset : offset + 12])}
    for name, offset in {
        "logit_scale": 0,
        "visual.conv1.weight": 0,
        "visual.bn2.weight": 0,
        "visual.layer1.1.conv2.weight": 7,
        "visual.layer3.0.downsample.0.weight": 100,
        "visual.layer4.0.bn3.bias": 0,
        "visual.attnpool.positional_embedding": 250,
        "visual.attnpool.q_proj.weight": 300,
        "visual.attnpool.c_proj.bias": 0,
        "token_embedding.weight": 48,
        "positional_embedding": 0,
        "transformer.resblocks.0.attn.in_proj_weight": 200,
        "transformer.resblocks.1.mlp.c_fc.bias": 0,
        "ln_final.weight": 0,
        "text_projection": 0,
    }.items()
}
outputs["statistics"] = {
    "clip.visual.bn1.running_mean": numbers(clip.visual.bn1.running_mean),
    "clip.visual.layer2.0.downsample.1.running_var": numbers(clip.visual.layer2[0].downsample[2].running_var),
}

gpt2 = GPT2LMHeadModel(
    GPT2Config(vocab_size=50, n_positions=12, n_embd=16, n_layer=2, n_head=2, attn_implementation="eager")
)
gpt2.float().eval()
load(gpt2, "language_model.", "lm_head.weight")
gpt2.tie_weights()
with torch.no_grad():
    tokens = torch.tensor([[48, 3, 7, 9, 1, 2], [48, 5, 5, 8, 30, 12]])
    outputs["languageModel"] = numbers(gpt2(tokens).logits[:, -1])

with open(sys.argv[1], "w") as file:
    json.dump(outputs, file, separators=(",", ":"))
