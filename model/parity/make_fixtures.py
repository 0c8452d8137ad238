"""Makes the parity fixtures of module model: tiny models of random weights, with what the reference libraries compute.

    pip install -r requirements.txt
    python make_fixtures.py ../src/test/resources/parity [NAME ...]

Each fixture is a directory as the reference library writes it (config and safetensors) and expected.safetensors with inputs,
outputs and gradients. The loss behind a gradient is the sum of an output times a fixed random tensor of its shape. A
gradient is kept as at most SAMPLES evenly spaced elements, followed by its norm. The same script gives the same files.
"""

import hashlib
import json
import math
import pathlib
import shutil
import sys

import torch
from safetensors.torch import save_file

SAMPLES = 20
ROOT = None


def seeded(name):
    return torch.Generator().manual_seed(int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big"))


def noise(name, *shape):
    """Normal numbers that float16 holds exactly."""
    return torch.randn(*shape, generator=seeded(name)).half().float()


def randomise(module, dtype=torch.float16, scale=1.5):
    """Weights that no initialiser would give: nothing at zero or one, and exact in a narrow type."""
    with torch.no_grad():
        for name, tensor in module.state_dict().items():
            if not tensor.is_floating_point():
                continue
            values = torch.randn(tensor.shape, generator=seeded(name))
            if name.endswith("logit_scale"):
                values = torch.full(tensor.shape, math.log(1 / 0.07))
            elif name.endswith("running_var"):
                values = 1 + 0.2 * values.tanh()
            elif name.endswith("inv_freq"):
                continue
            elif tensor.dim() < 2 and name.endswith(("weight", "gain")):
                values = 1 + 0.2 * values
            elif tensor.dim() < 2:
                values = 0.1 * values
            else:
                values = values * math.sqrt(scale / (tensor.numel() / tensor.shape[0]))
            tensor.copy_(values.to(dtype).float())
    return module


def sample(gradient):
    flat = gradient.detach().flatten()
    step = max(1, flat.numel() // SAMPLES)
    return torch.cat([flat[::step][:SAMPLES], flat.norm().reshape(1)]).contiguous()


def gradients(module, loss):
    module.zero_grad()
    loss.backward()
    return {
        "gradient." + name: sample(parameter.grad)
        for name, parameter in module.named_parameters()
        if parameter.grad is not None
    }


def probe(expected, name, tensor):
    """A scalar to go back from, by factors that are kept."""
    factors = noise("probe." + name, *tensor.shape)
    expected["probe." + name] = factors
    return (tensor * factors).sum()


def directory(name):
    path = ROOT / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def keep(path, tensors):
    save_file({name: tensor.detach().contiguous() for name, tensor in tensors.items()}, path / "expected.safetensors")


def tidy(path):
    """What a loader does not read."""
    for name in ("generation_config.json",):
        (path / name).unlink(missing_ok=True)


# Every text of the fixtures: start 60, end 63 (the greatest id, where openai/CLIP reads the feature), zeros after it.
TEXTS = torch.tensor([[60, 3, 7, 63, 0, 0, 0, 0], [60, 5, 63, 0, 0, 0, 0, 0], [60, 1, 2, 3, 4, 5, 6, 63]])


def open_clip(name, vision, quick_gelu, dtype=torch.float32):
    from open_clip.model import CLIP

    text = {"context_length": 8, "vocab_size": 64, "width": 16, "heads": 2, "layers": 2}
    model = randomise(CLIP(16, vision, text, quick_gelu=quick_gelu), torch.float16 if dtype == torch.float32 else dtype).float()
    path = directory(name)
    config = {
        "model_cfg": {"embed_dim": 16, "vision_cfg": vision, "text_cfg": text, "quick_gelu": quick_gelu},
        "preprocess_cfg": {
            "mean": [0.48145466, 0.4578275, 0.40821073],
            "std": [0.26862954, 0.26130258, 0.27577711],
            "interpolation": "bicubic",
            "resize_mode": "shortest",
        },
    }
    (path / "open_clip_config.json").write_text(json.dumps(config, indent=2))
    state = {
        key: value.to(dtype).contiguous() if value.is_floating_point() else value
        for key, value in model.state_dict().items()
    }
    save_file(state, path / "open_clip_model.safetensors")

    pixels = noise(name + ".pixels", 3, 3, vision["image_size"], vision["image_size"])
    expected = {"pixels": pixels.half(), "texts": TEXTS}
    model.eval()
    images, texts = model.encode_image(pixels), model.encode_text(TEXTS)
    expected |= {"images": images, "embedded_texts": texts}
    if not isinstance(vision["layers"], int):
        visual = model.visual
        x = visual.layer4(visual.layer3(visual.layer2(visual.layer1(visual.stem(pixels)))))
        expected["grid"] = x.flatten(2).transpose(1, 2)
    model.train()
    images, texts = model.encode_image(pixels), model.encode_text(TEXTS)
    expected["trained_images"] = images
    loss = probe(expected, "images", images) + probe(expected, "texts", texts)
    expected |= gradients(model, loss)
    keep(path, expected)


def clip_vit():
    vision = {"image_size": 16, "layers": 2, "width": 24, "head_width": 12, "patch_size": 4, "mlp_ratio": 4.0}
    open_clip("open-clip-vit", vision, True)
    # The released open_clip models use GELU.
    open_clip("open-clip-vit-gelu", vision | {"layers": 1}, False, torch.bfloat16)


def clip_resnet():
    open_clip("open-clip-resnet", {"image_size": 64, "layers": [2, 1, 1, 1], "width": 4, "patch_size": None}, True, torch.float16)


def hugging_face_clip():
    from transformers import CLIPConfig, CLIPModel, CLIPTextConfig, CLIPVisionConfig

    def clip(dtype, activation):
        config = CLIPConfig(
            text_config=CLIPTextConfig(
                vocab_size=64,
                hidden_size=16,
                intermediate_size=64,
                num_hidden_layers=2,
                num_attention_heads=2,
                max_position_embeddings=8,
                hidden_act=activation,
                bos_token_id=60,
                eos_token_id=63,
                pad_token_id=0,
                projection_dim=16,
            ).to_dict(),
            vision_config=CLIPVisionConfig(
                hidden_size=24,
                intermediate_size=96,
                num_hidden_layers=2,
                num_attention_heads=2,
                image_size=16,
                patch_size=4,
                hidden_act=activation,
                projection_dim=16,
            ).to_dict(),
            projection_dim=16,
        )
        return randomise(CLIPModel(config).float().eval(), dtype)

    for name, dtype, activation, shard in [
        ("hugging-face-clip", torch.float16, "quick_gelu", "40KB"),
        ("hugging-face-clip-bfloat16", torch.bfloat16, "gelu", "1GB"),
    ]:
        model = clip(dtype, activation)
        path = directory(name)
        pixels = noise(name + ".pixels", 3, 3, 16, 16)
        with torch.no_grad():
            output = model(input_ids=TEXTS, pixel_values=pixels)
            vision = model.vision_model(pixels)
        keep(
            path,
            {
                "pixels": pixels.half(),
                "texts": TEXTS,
                "images": output.image_embeds,
                "embedded_texts": output.text_embeds,
                "logits": output.logits_per_image,
                "grid": vision.last_hidden_state[:, 1:],
            },
        )
        model.to(dtype).save_pretrained(path, max_shard_size=shard)
        tidy(path)


def language_model(name, model, dtype, shard="1GB"):
    """Logits, the gradient to the input embeddings, and what is generated greedily."""
    model = randomise(model.float().eval(), dtype, 4)
    # Sharper choices, so that rounding does not decide a token.
    with torch.no_grad():
        head = model.get_output_embeddings().weight
        if head is not model.get_input_embeddings().weight:
            head.mul_(2)
    model.requires_grad_(False)
    tokens = torch.tensor([[5, 17, 3, 41, 8, 30], [2, 2, 29, 11, 47, 1]])
    embeddings = model.get_input_embeddings()(tokens).detach().requires_grad_()
    logits = model(inputs_embeds=embeddings).logits
    expected = {"tokens": tokens, "logits": logits}
    probe(expected, "logits", logits).backward()
    expected["embeddings"] = embeddings
    expected["gradient_of_embeddings"] = embeddings.grad
    with torch.no_grad():
        expected["generated"] = model.generate(
            tokens, attention_mask=torch.ones_like(tokens), max_new_tokens=24, do_sample=False, pad_token_id=0
        )[:, tokens.shape[1] :]
    path = directory(name)
    keep(path, expected)
    model.to(dtype).save_pretrained(path, max_shard_size=shard)
    tidy(path)


def gpt2():
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(
        vocab_size=64, n_positions=40, n_embd=16, n_layer=2, n_head=2, bos_token_id=60, eos_token_id=None
    )
    language_model("gpt2", GPT2LMHeadModel(config), torch.float16)


def gptj():
    from transformers import GPTJConfig, GPTJForCausalLM

    config = GPTJConfig(
        vocab_size=50,
        n_positions=40,
        n_embd=24,
        n_layer=2,
        n_head=2,
        rotary_dim=4,
        bos_token_id=48,
        eos_token_id=None,
        tie_word_embeddings=False,
    )
    language_model("gptj", GPTJForCausalLM(config), torch.float16, "20KB")


def llama():
    from transformers import LlamaConfig, LlamaForCausalLM

    plain = dict(
        vocab_size=50,
        hidden_size=24,
        intermediate_size=40,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=64,
        rms_norm_eps=1e-6,
        bos_token_id=48,
        eos_token_id=None,
        pad_token_id=0,
    )
    language_model("llama", LlamaForCausalLM(LlamaConfig(**plain)), torch.bfloat16)
    # As SmolLM2 and Llama 3.2 have it: tied embeddings, another base, frequencies stretched for long contexts.
    stretched = {
        "rope_type": "llama3",
        "rope_theta": 100000.0,
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 16,
    }
    tied = plain | dict(tie_word_embeddings=True, head_dim=8, rope_parameters=stretched)
    language_model("llama-tied", LlamaForCausalLM(LlamaConfig(**tied)), torch.bfloat16)


def image_encoder(path, name, model, features, size, count=2):
    """What LiMBeR reads of an encoder that belongs to no CLIP: a grid, or its mean."""
    pixels = noise(name + ".pixels", count, 3, size, size)
    grid, pooled = features(pixels)
    expected = {"pixels": pixels.half(), "grid": grid, "pooled": pooled}
    loss = probe(expected, "grid", grid) + probe(expected, "pooled", pooled)
    expected |= {renamed(parameter): gradient for parameter, gradient in gradients(model, loss).items()}
    keep(path, expected)


# transformers renames what it reads and writes: BEiT's parameters have the published names in the files alone.
PUBLISHED = {
    "beit.": "",
    ".relative_position_bias.": ".attention.attention.relative_position_bias.",
    "gradient.layers.": "gradient.encoder.layer.",
    "attention.q_proj": "attention.attention.query",
    "attention.k_proj": "attention.attention.key",
    "attention.v_proj": "attention.attention.value",
    "attention.o_proj": "attention.output.dense",
    "mlp.fc1": "intermediate.dense",
    "mlp.fc2": "output.dense",
}


def renamed(parameter):
    for inside, published in PUBLISHED.items():
        parameter = parameter.replace(inside, published)
    return parameter


def beit():
    from transformers import BeitConfig, BeitForImageClassification

    config = BeitConfig(
        hidden_size=24,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=16,
        patch_size=4,
        use_relative_position_bias=True,
        layer_scale_init_value=0.1,
        use_mean_pooling=True,
        num_labels=2,
        drop_path_rate=0.0,
    )
    model = randomise(BeitForImageClassification(config).float().eval())

    def features(pixels):
        output = model.beit(pixels)
        return output.last_hidden_state[:, 1:], output.pooler_output

    path = directory("beit")
    image_encoder(path, "beit", model, features, 16)
    model.half().save_pretrained(path)
    tidy(path)


def nf_resnet():
    from timm.models.nfnet import NormFreeNet, model_cfgs

    arguments = {"depths": [1, 2, 1, 1], "channels": [32, 32, 64, 96], "stem_chs": 8}
    model = randomise(NormFreeNet(model_cfgs["nf_resnet50"], num_classes=2, **arguments).float().eval())

    def features(pixels):
        grid = model.forward_features(pixels)
        return grid.flatten(2).transpose(1, 2), model.forward_head(grid, pre_logits=True)

    path = directory("nf-resnet")
    image_encoder(path, "nf-resnet", model, features, 40)
    config = {
        "architecture": "nf_resnet50",
        "num_classes": 2,
        "model_args": arguments,
        "pretrained_cfg": {
            "input_size": [3, 40, 40],
            "mean": [0.485, 0.456, 0.406],
            "std": [0.229, 0.224, 0.225],
        },
    }
    (path / "config.json").write_text(json.dumps(config, indent=2))
    save_file({key: value.half() for key, value in model.state_dict().items()}, path / "model.safetensors")


WORDS = ["a", "picture", "of", "red", "blue", "green", "cat", "dog", "tree", "house", "on", "under", "the", "big", "small"]
CAPTIONS = [
    "a red cat",
    "the blue dog under a tree",
    "a small house",
    "green tree",
    "the big red house on a picture",
    "a dog on the cat",
    "blue cat under the small tree",
    "the house of a big green dog",
]
START, END = 60, 63
STEPS, BATCH = 10, 4


def picture(number, size):
    """Bytes by a formula that the Java test repeats: H x W x C."""
    rows, columns, channels = torch.meshgrid(torch.arange(size), torch.arange(size), torch.arange(3), indexing="ij")
    return (rows * 7 + columns * 13 + channels * 29 + number * 53 + rows * columns * (number + 1) % 31 * 5) % 256


def batches():
    """Numbers of the pictures of each step."""
    return [[(3 * step + place) % len(CAPTIONS) for place in range(BATCH)] for step in range(STEPS)]


def changes(module, before, prefix):
    """What training did to each parameter: samples, then the norm.

    A bias of the keys is left out: it moves all scores of a query alike, so its gradient is rounding, which Adam makes large.
    """
    kept = {}
    for name, parameter in module.named_parameters():
        if name not in before or name.endswith("k_proj.bias"):
            continue
        change = parameter.detach() - before[name]
        if name.endswith("in_proj_bias"):
            third = len(change) // 3
            change[third : 2 * third] = 0
        kept[prefix + name] = sample(change)
    return kept


def training():
    """Ten optimiser steps of CLIP (InfoNCE, decay for matrices alone) and of LiMBeR (clip 1, no decay)."""
    from open_clip.model import CLIP
    from safetensors.torch import load_file
    from tokenizers import Tokenizer, models, pre_tokenizers
    from torch.nn import functional
    from transformers import GPT2LMHeadModel

    # Words have the ids from 1 on; what is not a word is 0.
    vocabulary = {word: number for number, word in enumerate(["[UNK]"] + WORDS)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    path = directory("training")
    tokenizer.save(str(path / "tokenizer.json"))
    encoded = [tokenizer.encode(caption).ids for caption in CAPTIONS]
    expected = {}
    for name in ("open-clip-vit", "open-clip-resnet"):
        config = json.loads((ROOT / name / "open_clip_config.json").read_text())
        model_config = config["model_cfg"]
        statistics = [torch.tensor(config["preprocess_cfg"][key]) for key in ("mean", "std")]
        vision = model_config["vision_cfg"]
        model = CLIP(16, vision, model_config["text_cfg"], quick_gelu=True)
        model.load_state_dict(load_file(ROOT / name / "open_clip_model.safetensors"))
        pictures = torch.stack([picture(number, vision["image_size"]) for number in range(len(CAPTIONS))])
        pixels = ((pictures / 255 - statistics[0]) / statistics[1]).permute(0, 3, 1, 2).contiguous()
        texts = torch.zeros(len(CAPTIONS), 8, dtype=torch.long)
        for row, tokens in enumerate(encoded):
            whole = [START] + tokens[:6] + [END]
            texts[row, : len(whole)] = torch.tensor(whole)

        # LiMBeR first: it leaves the encoder as it is.
        model.eval()
        language_model = GPT2LMHeadModel.from_pretrained(ROOT / "gpt2", dtype=torch.float32).eval()
        language_model.requires_grad_(False)
        with torch.no_grad():
            visual = model.visual
            if isinstance(vision["layers"], int):
                x = visual._embeds(pixels)
                grid = visual.transformer(x)[:, 1:]
            else:
                x = visual.layer4(visual.layer3(visual.layer2(visual.layer1(visual.stem(pixels)))))
                grid = x.flatten(2).transpose(1, 2)
        projection = torch.nn.Linear(grid.shape[-1], 16)
        with torch.no_grad():
            projection.weight.copy_(noise(name + ".proj.weight", 16, grid.shape[-1]) * 0.125)
            projection.bias.copy_(noise(name + ".proj.bias", 16) * 0.125)
        expected[name + ".limber.proj.weight"] = projection.weight.detach().clone()
        expected[name + ".limber.proj.bias"] = projection.bias.detach().clone()
        before = {key: value.detach().clone() for key, value in projection.named_parameters()}
        optimiser = torch.optim.AdamW(projection.parameters(), lr=8e-4, betas=(0.9, 0.95), eps=1e-8, weight_decay=0)
        prompt = torch.tensor(tokenizer.encode("a picture of").ids)
        embed = language_model.get_input_embeddings()
        losses = []
        for batch in batches():
            soft = projection(grid[batch])
            before_caption = soft.shape[1] + len(prompt)
            longest = max(len(encoded[number]) for number in batch) + 1
            ids = torch.zeros(BATCH, longest, dtype=torch.long)
            labels = torch.full((BATCH, before_caption + longest), -100)
            for row, number in enumerate(batch):
                caption = torch.tensor(encoded[number] + [END])
                ids[row, : len(caption)] = caption
                labels[row, before_caption : before_caption + len(caption)] = caption
            inputs = torch.cat([soft, embed(prompt).expand(BATCH, -1, -1), embed(ids)], 1)
            loss = language_model(inputs_embeds=inputs, labels=labels).loss
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(projection.parameters(), 1.0)
            optimiser.step()
            losses.append(loss.detach())
        expected[name + ".limber.losses"] = torch.stack(losses)
        expected |= changes(projection, before, name + ".change.limber.proj.")

        model.train()
        before = {key: value.detach().clone() for key, value in model.named_parameters()}
        matrices = [parameter for parameter in model.parameters() if parameter.dim() > 1]
        others = [parameter for parameter in model.parameters() if parameter.dim() < 2]
        groups = [{"params": matrices, "weight_decay": 0.2}, {"params": others, "weight_decay": 0.0}]
        optimiser = torch.optim.AdamW(groups, lr=5e-4, betas=(0.9, 0.98), eps=1e-6)
        losses = []
        for batch in batches():
            image = functional.normalize(model.encode_image(pixels[batch]), dim=-1)
            text = functional.normalize(model.encode_text(texts[batch]), dim=-1)
            logits = model.logit_scale.exp() * image @ text.t()
            target = torch.arange(BATCH)
            loss = (functional.cross_entropy(logits, target) + functional.cross_entropy(logits.t(), target)) / 2
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            with torch.no_grad():
                model.logit_scale.clamp_(0, math.log(100))
            losses.append(loss.detach())
        expected[name + ".clip.losses"] = torch.stack(losses)
        expected |= changes(model, before, name + ".change.clip.")
    print({key: value.tolist() for key, value in expected.items() if key.endswith("losses")})
    keep(path, expected)


def siglip():
    from transformers import SiglipConfig, SiglipModel

    blocks = dict(hidden_size=16, intermediate_size=40, num_hidden_layers=2, num_attention_heads=2)
    config = SiglipConfig(
        text_config=dict(
            vocab_size=64, max_position_embeddings=8, projection_size=16, pad_token_id=1, bos_token_id=60, eos_token_id=63, **blocks
        ),
        vision_config=dict(image_size=16, patch_size=4, **blocks),
    )
    model = randomise(SiglipModel(config).float().eval())
    with torch.no_grad():
        model.logit_bias.fill_(-2)
    # SigLIP's texts are filled up to the whole context with the padding token, and end in nothing else.
    texts = torch.tensor([[3, 7, 9, 63, 1, 1, 1, 1], [5, 63, 1, 1, 1, 1, 1, 1], [1, 2, 3, 4, 5, 6, 8, 63]])
    pixels = noise("siglip.pixels", 3, 3, 16, 16)
    output = model(input_ids=texts, pixel_values=pixels, return_loss=True)
    # transformers sums over the texts of a picture and takes the mean of the pictures, as the paper does.
    expected = {
        "pixels": pixels.half(),
        "texts": texts,
        "images": output.image_embeds,
        "embedded_texts": output.text_embeds,
        "logits": output.logits_per_image,
        "loss": output.loss.reshape(1),
        "grid": output.vision_model_output.last_hidden_state,
    }
    expected |= gradients(model, output.loss)
    path = directory("siglip")
    model.half().save_pretrained(path)
    keep(path, expected)
    tidy(path)


def clip_initialisation():
    """How wide the reference spreads the first values of each parameter."""
    from open_clip.model import CLIP

    text = {"context_length": 16, "vocab_size": 100, "width": 64, "heads": 4, "layers": 3}
    visions = {
        "vit": {"image_size": 32, "layers": 2, "width": 64, "head_width": 16, "patch_size": 8},
        "resnet": {"image_size": 64, "layers": [1, 2, 1, 1], "width": 8, "patch_size": None},
    }
    kept = {}
    for kind, vision in visions.items():
        torch.manual_seed(7)
        state = CLIP(32, vision, text, quick_gelu=True).state_dict()
        kept[kind] = {
            name: [float("%.4g" % tensor.double().mean()), float("%.4g" % tensor.double().std(correction=0))]
            for name, tensor in state.items()
            if tensor.is_floating_point()
        }
    (directory("clip-initialisation") / "expected.json").write_text(json.dumps(kept, indent=0))


def clip_presets():
    """Learnable parameters of the models of the paper."""
    from open_clip.factory import get_model_config
    from open_clip.model import CLIP

    counts = {}
    for name in ("RN50", "RN101", "RN50x4", "RN50x16", "RN50x64", "ViT-B-32", "ViT-B-16", "ViT-L-14", "ViT-L-14-336"):
        with torch.device("meta"):
            config = get_model_config(name)
            model = CLIP(config["embed_dim"], config["vision_cfg"], config["text_cfg"])
        counts[name] = sum(parameter.numel() for parameter in model.parameters())
    print(json.dumps(counts))


FIXTURES = {f.__name__.replace("_", "-"): f for f in (clip_vit, clip_resnet, hugging_face_clip, gpt2, gptj, llama, beit, nf_resnet, training, siglip, clip_initialisation, clip_presets)}

if __name__ == "__main__":
    ROOT = pathlib.Path(sys.argv[1])
    for chosen in sys.argv[2:] or FIXTURES:
        FIXTURES[chosen]()
        print(chosen)
