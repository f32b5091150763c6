import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A partner with Java's own HTTP client as it comes: over plain HTTP every request offers an upgrade to HTTP/2. */
class Client {
    static final HttpClient CLIENT = HttpClient.newHttpClient();

    static String base;
    static String token = "";

    /** Arguments: base URL, path of the candidates, consumer key, secret, username, password, body of an eligibility. */
    public static void main(String[] given) throws Exception {
        base = given[0];
        var candidates = given[1];
        var basic = Base64.getEncoder().encodeToString((given[2] + ":" + given[3]).getBytes(StandardCharsets.UTF_8));
        var form = Stream.of("grant_type", "password", "username", given[4], "password", given[5])
            .map(text -> URLEncoder.encode(text, StandardCharsets.UTF_8))
            .collect(Collectors.toList());
        var body = form.get(0) + "=" + form.get(1) + "&" + form.get(2) + "=" + form.get(3) + "&" + form.get(4) + "=" + form.get(5);
        var asked = HttpRequest.newBuilder(URI.create(base + "/token"))
            .header("Authorization", "Basic " + basic)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(BodyPublishers.ofString(body));
        var answer = told("token", asked);
        token = answer.body().split("\"access_token\":\"")[1].split("\"")[0];

        told("create", call(candidates).header("Content-Type", "application/json").POST(BodyPublishers.ofString(given[6])));
        told("again", call(candidates).header("Content-Type", "application/json").POST(BodyPublishers.ofString(given[6])));
        told("chunked", call(candidates + "/C1/tests/EXAM1").header("Content-Type", "application/json")
            .PUT(BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(given[6].getBytes(StandardCharsets.UTF_8)))));
        told("head", call(candidates + "/C1").method("HEAD", BodyPublishers.noBody()));
        told("list", call(candidates + "/C1").GET());
        var together = IntStream.range(0, 50)
            .mapToObj(number -> CLIENT.sendAsync(call(candidates + "/C1").GET().build(), BodyHandlers.ofString()))
            .collect(Collectors.toList());
        CompletableFuture.allOf(together.toArray(CompletableFuture[]::new)).join();
        System.out.println("together " + together.stream().filter(one -> one.join().statusCode() == 200).count());
        told("cancel", call(candidates + "/C1/tests/EXAM1").DELETE());
        told("control", HttpRequest.newBuilder(URI.create(base + "/_sandbox/accounts")).GET());
        told("nowhere", call("/nowhere").GET());
        token = "none";
        told("stranger", call(candidates + "/C1").GET());
    }

    static HttpRequest.Builder call(String path) {
        return HttpRequest.newBuilder(URI.create(base + path)).header("Authorization", "Bearer " + token);
    }

    static HttpResponse<String> told(String what, HttpRequest.Builder request) throws Exception {
        var answer = CLIENT.send(request.build(), BodyHandlers.ofString());
        System.out.println(what + " " + answer.statusCode() + " " + answer.version());
        return answer;
    }
}
