import com.dashjoin.jsonata.JException;
import com.dashjoin.jsonata.Jsonata;
import com.dashjoin.jsonata.json.Json;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Evaluates expressions again. Reads a JSON list of {source, variables, now, random} and prints a list of {value} or {error}: the code of
 * JSONata's error, or `nothing` for an expression without a value.
 */
public class Replay {
    private static final DateTimeFormatter MILLIS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    public static void main(String[] arguments) throws Exception {
        Object evaluations = Json.parseJson(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        List<Object> outcomes = new ArrayList<>();
        for (Object evaluation : (List<?>) evaluations) outcomes.add(outcomeOf((Map<?, ?>) evaluation));
        StringBuilder json = new StringBuilder();
        write(outcomes, json);
        System.out.write(json.toString().getBytes(StandardCharsets.UTF_8));
        System.out.flush();
    }

    private static Map<String, Object> outcomeOf(Map<?, ?> evaluation) {
        Map<String, Object> outcome = new LinkedHashMap<>();
        try {
            Jsonata expression = Jsonata.jsonata((String) evaluation.get("source"));
            // Otherwise JSON's null and no value are one.
            expression.setOutputConvertNulls(false);
            useTimeAndChance(expression, evaluation);
            Jsonata.Frame frame = expression.createFrame();
            for (Map.Entry<?, ?> variable : ((Map<?, ?>) evaluation.get("variables")).entrySet()) {
                frame.bind((String) variable.getKey(), withNulls(variable.getValue()));
            }
            Object value = expression.evaluate(null, frame);
            if (value == null) outcome.put("error", "nothing");
            else outcome.put("value", value);
        } catch (JException error) {
            outcome.put("error", String.valueOf(error.getError()));
        } catch (RuntimeException error) {
            outcome.put("error", error.toString());
        }
        return outcome;
    }

    /** The time and the random numbers that the recorded evaluation had. */
    private static void useTimeAndChance(Jsonata expression, Map<?, ?> evaluation) {
        long now = ((Number) evaluation.get("now")).longValue();
        Iterator<?> random = ((List<?>) evaluation.get("random")).iterator();
        expression.registerFunction("millis", () -> now);
        expression.registerFunction("now", () -> MILLIS.format(Instant.ofEpochMilli(now)));
        expression.registerFunction("random", () -> random.next());
    }

    /** The engine has an object of its own for JSON's null. */
    private static Object withNulls(Object value) {
        if (value == null) return Jsonata.NULL_VALUE;
        if (value instanceof List<?> list) {
            List<Object> items = new ArrayList<>();
            for (Object item : list) items.add(withNulls(item));
            return items;
        }
        if (!(value instanceof Map<?, ?> map)) return value;
        Map<String, Object> members = new LinkedHashMap<>();
        map.forEach((name, member) -> members.put((String) name, withNulls(member)));
        return members;
    }

    private static void write(Object value, StringBuilder json) {
        if (value == null || value == Jsonata.NULL_VALUE) {
            json.append("null");
        } else if (value instanceof Number || value instanceof Boolean) {
            json.append(value);
        } else if (value instanceof List<?> list) {
            String separator = "[";
            for (Object item : list) {
                json.append(separator);
                write(item, json);
                separator = ",";
            }
            json.append(list.isEmpty() ? "[]" : "]");
        } else if (value instanceof Map<?, ?> map) {
            String separator = "{";
            for (Map.Entry<?, ?> member : map.entrySet()) {
                json.append(separator);
                writeText((String) member.getKey(), json);
                json.append(':');
                write(member.getValue(), json);
                separator = ",";
            }
            json.append(map.isEmpty() ? "{}" : "}");
        } else {
            writeText(String.valueOf(value), json);
        }
    }

    private static void writeText(String text, StringBuilder json) {
        json.append('"');
        for (char character : text.toCharArray()) {
            if (character == '"' || character == '\\') json.append('\\').append(character);
            // Half a surrogate pair would be lost on its way.
            else if (character < ' ' || character > '~') json.append(String.format("\\u%04x", (int) character));
            else json.append(character);
        }
        json.append('"');
    }
}
