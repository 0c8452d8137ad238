package dev.capstan.local.feed;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What stands beside a picture, as img2dataset writes it: {@code .txt} is the text; {@code .json} has {@code caption} (or
 * {@code text}), and the address in {@code url}.
 *
 * @param text the text, or empty with a problem
 * @param url where the picture came from, if anybody said
 * @param problem why there is no text
 */
record SideText(Optional<String> text, Optional<String> url, Optional<Found.PassedOver> problem) {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /**
     * @param name of the picture, for messages
     * @param lines content of the .txt file, if there is one
     * @param fields content of the .json file, if there is one
     */
    static SideText of(String name, byte @Nullable [] lines, byte @Nullable [] fields, FeedLimits limits) {
        Optional<String> text = Optional.empty();
        Optional<String> url = Optional.empty();
        if (fields != null) {
            try {
                JsonNode node = JSON.readTree(fields);
                text = textual(node, "caption").or(() -> textual(node, "text"));
                url = textual(node, "url");
            } catch (JsonProcessingException e) {
                if (lines == null) {
                    return problem("no-json", name + ": the .json file beside it is no JSON");
                }
            } catch (IOException e) {
                return problem("no-json", name + ": the .json file beside it cannot be read: " + e.getMessage());
            }
        }
        if (lines != null) {
            text = Utf8.decode(lines);
            if (text.isEmpty()) {
                return problem("not-utf8", name + " has no readable text: the .txt file beside it is no UTF-8");
            }
        }
        if (text.isEmpty()) {
            return problem(
                    "no-text", name + " has no readable text beside it: give it a .txt, or a .json with \"caption\"");
        }
        if (text.get().length() > limits.textBytes()) {
            return problem(
                    "text-too-long", name + " has a text of " + text.get().length() + " characters");
        }
        return new SideText(text, url, Optional.empty());
    }

    private static SideText problem(String reason, String detail) {
        return new SideText(Optional.empty(), Optional.empty(), Optional.of(new Found.PassedOver(reason, detail)));
    }

    private static Optional<String> textual(JsonNode node, String field) {
        return Optional.of(node.path(field)).filter(JsonNode::isTextual).map(JsonNode::asText);
    }
}
