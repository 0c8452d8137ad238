"""Writes the smallest CLIP that a model can be put together with: random weights, the 256 bytes as vocabulary, no merges.

    python text_encoder.py OUTPUT

`capstan model import` wants a CLIP for the text side of a model, which LiMBeR has no use for. With this one zero-shot labels,
retrieval, CLIPScore and groundings of the model mean nothing; captions do not read it.
"""

import pathlib
import sys

import torch
from transformers import CLIPConfig, CLIPModel

TOKENS = 2 * 256 + 2

output = pathlib.Path(sys.argv[1])
torch.manual_seed(1)
text = {
    "vocab_size": TOKENS,
    "hidden_size": 64,
    "intermediate_size": 256,
    "num_hidden_layers": 1,
    "num_attention_heads": 1,
    "max_position_embeddings": 77,
    "bos_token_id": TOKENS - 2,
    "eos_token_id": TOKENS - 1,
}
vision = {
    "hidden_size": 64,
    "intermediate_size": 256,
    "num_hidden_layers": 1,
    "num_attention_heads": 1,
    "image_size": 32,
    "patch_size": 16,
}
CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=64)).save_pretrained(output)
(output / "merges.txt").write_text("#version: 0.2\n")
