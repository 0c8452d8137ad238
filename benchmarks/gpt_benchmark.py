"""The Python side of GptBenchmark: the same directory, batch, length and rounds, in transformers and PyTorch.

    OMP_NUM_THREADS=1 python gpt_benchmark.py DIRECTORY BATCH LENGTH ROUNDS
"""

import sys

import torch
from transformers import GPT2LMHeadModel

from rounds import measure

directory, batch, length, rounds = sys.argv[1], *map(int, sys.argv[2:5])
# Evaluation mode has no dropout, as ours has none.
model = GPT2LMHeadModel.from_pretrained(directory).eval()
ids = torch.randint(model.config.vocab_size, (batch, length + 1))
read, targets = ids[:, :-1].contiguous(), ids[:, 1:].reshape(-1)


def loss():
    logits = model(read, use_cache=False).logits
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets)


def forward():
    with torch.no_grad():
        loss().item()


def forward_and_backward():
    # Gradients add up from round to round, as on the other side.
    value = loss()
    value.backward()
    value.item()


print(f"attention: {model.config._attn_implementation}")
measure("forward", batch, rounds, forward)
measure("forward and backward", batch, rounds, forward_and_backward)
