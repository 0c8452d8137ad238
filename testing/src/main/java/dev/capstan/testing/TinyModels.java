package dev.capstan.testing;

import dev.capstan.model.ClipTextEncoder;
import dev.capstan.model.Gpt2LanguageModel;
import dev.capstan.model.ModelArchitecture;
import dev.capstan.model.ModelBundle;
import dev.capstan.model.text.TokenizerStyle;
import dev.capstan.model.text.TokenizerTrainer;
import dev.capstan.model.text.TrainedTokenizer;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.SplittableRandom;

/** Very small models that are made in milliseconds, and pictures for them. */
public final class TinyModels {
    private static final int VOCABULARY = 200;
    private static final List<String> TEXTS = List.of(
            "a picture of a red circle",
            "a picture of a blue square",
            "a green triangle",
            "a yellow star",
            "circle, square, triangle, star",
            "red green blue yellow black white");

    private TinyModels() {}

    /** A model with random weights: the same seed gives the same bits. */
    public static ModelBundle random(long seed) {
        TokenizerTrainer trainer = new TokenizerTrainer(TokenizerStyle.WORDS);
        TEXTS.forEach(text -> trainer.add(text, 10));
        "abcdefghijklmnopqrstuvwxyz0123456789.,:-"
                .chars()
                .forEach(letter -> trainer.add(Character.toString(letter), 1));
        TrainedTokenizer tokenizer = trainer.train(VOCABULARY);
        return ModelBundle.random(architecture(tokenizer), tokenizer.json(), new SplittableRandom(seed));
    }

    private static ModelArchitecture architecture(TrainedTokenizer tokenizer) {
        int vocabulary = tokenizer.vocabularySize();
        return new ModelArchitecture(
                32,
                ModelArchitecture.ImageEncoder.of(32, List.of(1, 1, 1, 1), 8),
                new ClipTextEncoder(16, vocabulary, 32, 2, 1),
                new Gpt2LanguageModel(32, vocabulary, 32, 2, 2, ModelArchitecture.Activation.GELU_TANH),
                new ModelArchitecture.Limber(
                        ModelArchitecture.ImageFeature.ATTENTION_POOL,
                        2,
                        true,
                        0.1f,
                        true,
                        ModelArchitecture.Limber.PAPER_PROMPT,
                        "a picture of "),
                tokenizer.special());
    }

    /** A filled circle on a plain ground. */
    public static BufferedImage picture(Color color, Color ground) {
        int size = 48;
        BufferedImage image = new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        try {
            graphics.setColor(ground);
            graphics.fillRect(0, 0, size, size);
            graphics.setColor(color);
            graphics.fillOval(size / 6, size / 6, size * 2 / 3, size * 2 / 3);
        } finally {
            graphics.dispose();
        }
        return image;
    }
}
