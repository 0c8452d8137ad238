package dev.capstan.testing;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.capstan.model.ClipTextEncoder;
import dev.capstan.model.Gpt2LanguageModel;
import dev.capstan.model.ModelArchitecture;
import dev.capstan.model.ModelArchitecture.Activation;
import dev.capstan.model.NfResNetImageEncoder;
import dev.capstan.model.ParameterCatalog;
import dev.capstan.model.ParameterSpec;
import dev.capstan.model.SiglipImageEncoder;
import dev.capstan.model.SiglipTextEncoder;
import dev.capstan.model.VitImageEncoder;
import dev.capstan.model.tensors.Safetensors;
import dev.capstan.model.tensors.TensorValue;
import dev.capstan.model.text.ClipVocabulary;
import dev.capstan.model.text.TokenizerStyle;
import dev.capstan.model.text.TokenizerTrainer;
import dev.capstan.model.text.TrainedTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Directories of very small models of random weights, laid out as others publish theirs. */
public final class PublishedModels {
    private static final int SIZE = 32;
    private static final int PATCH = 8;
    private static final int WIDTH = 32;
    private static final int HEADS = 2;
    private static final int CONTEXT = 16;
    private static final int EMBEDDING = 24;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private PublishedModels() {}

    private static TrainedTokenizer tokenizer(TokenizerStyle style, int vocabulary) {
        TokenizerTrainer trainer = new TokenizerTrainer(style, style != TokenizerStyle.BYTE_LEVEL);
        for (String text : List.of("A picture of a red circle", "a blue square", "a green triangle", "Q: what? A:")) {
            trainer.add(text, 10);
        }
        return trainer.train(vocabulary);
    }

    /** A vision transformer with its text encoder, in open_clip's layout. */
    public static Path openClip(Path directory, long seed) throws IOException {
        ClipVocabulary vocabulary = ClipVocabulary.of(tokenizer(TokenizerStyle.CLIP, 600));
        int tokens = vocabulary.tokens().size();
        ObjectNode root = JSON.createObjectNode();
        ObjectNode config =
                root.putObject("model_cfg").put("embed_dim", EMBEDDING).put("quick_gelu", true);
        config.putObject("vision_cfg")
                .put("image_size", SIZE)
                .put("layers", 2)
                .put("width", WIDTH)
                .put("head_width", WIDTH / HEADS)
                .put("patch_size", PATCH);
        config.putObject("text_cfg")
                .put("context_length", CONTEXT)
                .put("vocab_size", tokens)
                .put("width", WIDTH)
                .put("heads", HEADS)
                .put("layers", 1);
        root.putObject("preprocess_cfg");
        var image = new VitImageEncoder(
                SIZE,
                PATCH,
                WIDTH,
                HEADS,
                2,
                Activation.QUICK_GELU,
                ModelArchitecture.ImageEncoder.CLIP_MEAN,
                ModelArchitecture.ImageEncoder.CLIP_STANDARD_DEVIATION);
        var text = new ClipTextEncoder(CONTEXT, tokens, WIDTH, HEADS, 1);
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("open_clip_config.json"), root.toString());
        Files.write(directory.resolve("tokenizer.json"), vocabulary.tokenizerJson());
        weights(
                directory.resolve("open_clip_model.safetensors"),
                ParameterCatalog.clip(image, text, EMBEDDING).values(),
                ParameterCatalog.CLIP,
                seed);
        return directory;
    }

    /** A SigLIP in Hugging Face's layout. */
    public static Path siglip(Path directory, long seed) throws IOException {
        TrainedTokenizer vocabulary = tokenizer(TokenizerStyle.WORDS, 200);
        ObjectNode root = JSON.createObjectNode().put("model_type", "siglip");
        for (String part : List.of("vision_config", "text_config")) {
            root.putObject(part)
                    .put("hidden_size", WIDTH)
                    .put("intermediate_size", 2 * WIDTH)
                    .put("num_attention_heads", HEADS)
                    .put("num_hidden_layers", 1);
        }
        ((ObjectNode) root.path("vision_config")).put("image_size", SIZE).put("patch_size", PATCH);
        ((ObjectNode) root.path("text_config"))
                .put("vocab_size", vocabulary.vocabularySize())
                .put("max_position_embeddings", CONTEXT)
                .put("pad_token_id", 0);
        List<Float> half = List.of(0.5f, 0.5f, 0.5f);
        var image = new SiglipImageEncoder(SIZE, PATCH, WIDTH, HEADS, 1, 2 * WIDTH, half, half);
        var text = new SiglipTextEncoder(CONTEXT, vocabulary.vocabularySize(), WIDTH, HEADS, 1, 2 * WIDTH, 0);
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("config.json"), root.toString());
        Files.writeString(directory.resolve("tokenizer_config.json"), "{\"eos_token\": {\"content\": \"<end>\"}}");
        Files.write(directory.resolve("tokenizer.json"), vocabulary.json());
        SplittableRandom random = new SplittableRandom(seed);
        List<TensorValue> tensors = ParameterCatalog.clip(image, text, WIDTH).values().stream()
                .map(spec -> tensor(
                        spec,
                        spec.name()
                                .substring((spec.name().startsWith(ParameterCatalog.IMAGE_ENCODER)
                                                ? ParameterCatalog.IMAGE_ENCODER
                                                : ParameterCatalog.CLIP)
                                        .length()),
                        random))
                .toList();
        Safetensors.write(directory.resolve("model.safetensors"), tensors, Map.of("format", "pt"));
        return directory;
    }

    /** A GPT-2 in Hugging Face's layout, with a vocabulary of bytes and one token that begins and ends a text. */
    public static Path gpt2(Path directory, long seed) throws IOException {
        TrainedTokenizer vocabulary = tokenizer(TokenizerStyle.BYTE_LEVEL, 300);
        int tokens = vocabulary.vocabularySize();
        ObjectNode root = JSON.createObjectNode()
                .put("model_type", "gpt2")
                .put("n_embd", WIDTH)
                .put("n_head", HEADS)
                .put("n_layer", 2)
                .put("n_positions", 256)
                .put("vocab_size", tokens)
                .put("bos_token_id", tokens - 1)
                .put("eos_token_id", tokens - 1);
        var model = new Gpt2LanguageModel(256, tokens, WIDTH, HEADS, 2, Activation.GELU_TANH);
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("config.json"), root.toString());
        Files.write(directory.resolve("tokenizer.json"), vocabulary.json());
        weights(
                directory.resolve("model.safetensors"),
                ParameterCatalog.languageModel(model).values(),
                ParameterCatalog.LANGUAGE_MODEL,
                seed);
        return directory;
    }

    /** An NF-ResNet in timm's layout. */
    public static Path nfResNet(Path directory, long seed) throws IOException {
        ObjectNode root = JSON.createObjectNode().put("architecture", "nf_resnet50");
        ObjectNode arguments = root.putObject("model_args").put("stem_chs", 8);
        List<Integer> layers = List.of(1, 1, 1, 1);
        List<Integer> channels = List.of(32, 32, 64, 96);
        layers.forEach(arguments.putArray("depths")::add);
        channels.forEach(arguments.putArray("channels")::add);
        root.putObject("pretrained_cfg").putArray("input_size").add(3).add(SIZE).add(SIZE);
        var encoder = new NfResNetImageEncoder(
                SIZE,
                layers,
                channels,
                8,
                NfResNetImageEncoder.IMAGENET_MEAN,
                NfResNetImageEncoder.IMAGENET_STANDARD_DEVIATION);
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("config.json"), root.toString());
        weights(
                directory.resolve("model.safetensors"),
                ParameterCatalog.imageEncoder(encoder).values(),
                ParameterCatalog.IMAGE_ENCODER,
                seed);
        return directory;
    }

    private static void weights(Path file, Collection<ParameterSpec> specs, String prefix, long seed)
            throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        List<TensorValue> tensors = specs.stream()
                .map(spec -> tensor(spec, spec.name().substring(prefix.length()), random))
                .toList();
        Safetensors.write(file, tensors, Map.of("format", "pt"));
    }

    private static TensorValue tensor(ParameterSpec spec, String name, SplittableRandom random) {
        return TensorValue.ofFloats(name, spec.dimensions(), spec.draw(random));
    }
}
