package dev.capstan.local.evaluation;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Questions in the format of VQA2: a file of {@code questions} with {@code question_id}, {@code image_id} and
 * {@code question}; a file of {@code annotations} with {@code question_id} and {@code answers}; and the pictures, whose
 * names are made of the questions' {@code data_subtype}, as in {@code COCO_val2014_000000000042.jpg}.
 */
final class QuestionSet {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /**
     * A question that people have answered.
     *
     * @param picture name of its picture's file
     * @param answers what people said
     */
    record Question(String id, String text, String picture, List<String> answers) {}

    private QuestionSet() {}

    /**
     * The first questions of a file that have answers.
     *
     * @param limit most questions
     * @throws IOException naming the file and the fault
     */
    static List<Question> read(Path questions, Path annotations, int limit) throws IOException {
        Map<String, JsonNode> asked = new LinkedHashMap<>();
        Optional<String> subtype = each(questions, "questions", node -> {
            asked.put(node.path("question_id").asText(), node);
            return asked.size() < limit;
        });
        if (asked.isEmpty()) {
            throw new IOException(questions + " has no \"questions\": is it a question file of VQA2?");
        }
        Map<String, List<String>> answered = new LinkedHashMap<>();
        Optional<String> answersSubtype = each(annotations, "annotations", node -> {
            String id = node.path("question_id").asText();
            if (asked.containsKey(id)) {
                List<String> answers = new ArrayList<>();
                node.path("answers")
                        .forEach(answer -> answers.add(answer.path("answer").asText()));
                answered.put(id, answers);
            }
            return true;
        });
        String split = subtype.or(() -> answersSubtype)
                .orElseThrow(() -> new IOException(
                        questions + " and " + annotations + " have no \"data_subtype\", which pictures are named by"));
        List<Question> all = new ArrayList<>();
        asked.forEach((id, node) -> {
            List<String> answers = answered.getOrDefault(id, List.of());
            if (!answers.isEmpty()) {
                String picture = String.format(
                        "COCO_%s_%012d.jpg", split, node.path("image_id").asLong());
                all.add(new Question(id, node.path("question").asText(), picture, answers));
            }
        });
        if (all.isEmpty()) {
            throw new IOException(
                    annotations + " has answers to none of the first " + asked.size() + " questions of " + questions);
        }
        return all;
    }

    /** Reads an array element by element and returns the file's {@code data_subtype}. */
    private static Optional<String> each(Path file, String array, Predicate<JsonNode> taker) throws IOException {
        Optional<String> subtype = Optional.empty();
        boolean wanted = true;
        try (JsonParser json = JSON.createParser(file.toFile())) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException(file + " is no JSON object");
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String field = json.currentName();
                JsonToken value = json.nextToken();
                if (field.equals("data_subtype") && value == JsonToken.VALUE_STRING) {
                    subtype = Optional.of(json.getText());
                } else if (field.equals(array) && value == JsonToken.START_ARRAY) {
                    while (json.nextToken() == JsonToken.START_OBJECT) {
                        if (wanted) {
                            wanted = taker.test(JSON.readTree(json));
                        } else {
                            json.skipChildren();
                        }
                    }
                } else {
                    json.skipChildren();
                }
            }
        }
        return subtype;
    }
}
