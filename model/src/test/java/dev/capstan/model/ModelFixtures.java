package dev.capstan.model;

import dev.capstan.model.images.Augmentation;
import dev.capstan.model.images.ImagePreprocessor;
import dev.capstan.model.images.PixelImage;
import dev.capstan.model.tensors.WeightsFormatException;
import dev.capstan.model.text.ClipVocabulary;
import dev.capstan.model.text.TokenizerStyle;
import dev.capstan.model.text.TokenizerTrainer;
import dev.capstan.model.text.TrainedTokenizer;
import dev.capstan.model.training.PairBatch;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** Small models and captioned shapes for this module's tests. */
public final class ModelFixtures {
    private static final int VOCABULARY = 200;
    private static final Map<String, Color> COLORS = new LinkedHashMap<>();

    static {
        COLORS.put("red", Color.RED);
        COLORS.put("blue", Color.BLUE);
        COLORS.put("green", Color.GREEN);
        COLORS.put("white", Color.WHITE);
    }

    private static final List<String> SHAPES = List.of("circle", "square", "stripe");

    private ModelFixtures() {}

    public static TrainedTokenizer tokenizer() {
        TokenizerTrainer trainer = new TokenizerTrainer(TokenizerStyle.WORDS);
        trainer.add("a picture of a photo", 10);
        labels().forEach(label -> trainer.add(label, 10));
        "abcdefghijklmnopqrstuvwxyz".chars().forEach(letter -> trainer.add(Character.toString(letter), 1));
        return trainer.train(VOCABULARY);
    }

    public static ModelArchitecture architecture(TrainedTokenizer tokenizer, ModelArchitecture.Limber limber) {
        int vocabulary = tokenizer.vocabularySize();
        return new ModelArchitecture(
                32,
                ModelArchitecture.ImageEncoder.of(32, List.of(1, 1, 1, 1), 8),
                new ClipTextEncoder(16, vocabulary, 32, 2, 1),
                new Gpt2LanguageModel(32, vocabulary, 32, 2, 2, ModelArchitecture.Activation.GELU_TANH),
                limber,
                tokenizer.special());
    }

    public static ModelArchitecture.Limber limber(ModelArchitecture.ImageFeature feature) {
        return new ModelArchitecture.Limber(
                feature, 2, true, 0.1f, true, ModelArchitecture.Limber.PAPER_PROMPT, "a picture of ");
    }

    public static ModelBundle bundle(long seed) {
        return bundle(seed, ModelArchitecture.ImageFeature.ATTENTION_POOL);
    }

    public static ModelBundle bundle(long seed, ModelArchitecture.ImageFeature feature) {
        TrainedTokenizer tokenizer = tokenizer();
        return ModelBundle.random(
                architecture(tokenizer, limber(feature)), tokenizer.json(), new SplittableRandom(seed));
    }

    /** CLIP's kind of vocabulary for texts, GPT-2's kind for captions. */
    public static ModelBundle twoVocabularies(long seed, ModelArchitecture.ImageFeature feature)
            throws WeightsFormatException {
        ClipVocabulary texts = ClipVocabulary.of(trained(TokenizerStyle.CLIP, 600));
        TrainedTokenizer captions = trained(TokenizerStyle.BYTE_LEVEL, 300);
        ModelArchitecture architecture = new ModelArchitecture(
                32,
                ModelArchitecture.ImageEncoder.of(32, List.of(1, 1, 1, 1), 8),
                new ClipTextEncoder(16, texts.tokens().size(), 32, 2, 1),
                new Gpt2LanguageModel(32, captions.vocabularySize(), 32, 2, 2, ModelArchitecture.Activation.GELU_TANH),
                limber(feature),
                texts.special(),
                Optional.of(captions.special()));
        return ModelBundle.random(architecture, texts.tokenizerJson(), captions.json(), new SplittableRandom(seed));
    }

    private static TrainedTokenizer trained(TokenizerStyle style, int vocabulary) {
        TokenizerTrainer trainer = new TokenizerTrainer(style, true);
        trainer.add("a picture of a photo", 10);
        labels().forEach(label -> trainer.add(label, 10));
        return trainer.train(vocabulary);
    }

    public static List<String> labels() {
        List<String> labels = new ArrayList<>();
        COLORS.keySet().forEach(color -> SHAPES.forEach(shape -> labels.add(color + " " + shape)));
        return labels;
    }

    /** Distinct captioned shapes, each a little different for each draw of chance. */
    public static PairBatch shapes(int pairs, RandomGenerator random) {
        ImagePreprocessor preprocessor = new ImagePreprocessor(32, Augmentation.none());
        List<PixelImage> images = new ArrayList<>();
        List<String> texts = new ArrayList<>();
        List<String> labels = new ArrayList<>(labels());
        for (int i = 0; i < pairs; i++) {
            if (i % labels.size() == 0) {
                Collections.shuffle(labels, new Random(random.nextLong()));
            }
            String label = labels.get(i % labels.size());
            images.add(preprocessor.forEvaluation(shape(label, random)));
            texts.add(label);
        }
        return PairBatch.of(images, texts);
    }

    /** A picture of a label such as "red circle". */
    public static BufferedImage shape(String label, RandomGenerator random) {
        String[] words = label.split(" ", -1);
        Color color = COLORS.getOrDefault(words[0], Color.GRAY);
        BufferedImage image = new BufferedImage(40, 40, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        try {
            graphics.setColor(new Color(random.nextInt(60), random.nextInt(60), random.nextInt(60)));
            graphics.fillRect(0, 0, 40, 40);
            graphics.setColor(color);
            int size = 18 + random.nextInt(14);
            int x = random.nextInt(40 - size);
            int y = random.nextInt(40 - size);
            switch (words[1]) {
                case "circle" -> graphics.fillOval(x, y, size, size);
                case "square" -> graphics.fillRect(x, y, size, size);
                default -> graphics.fillRect(0, y + size / 3, 40, size / 3);
            }
        } finally {
            graphics.dispose();
        }
        return image;
    }
}
