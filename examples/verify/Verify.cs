// Verifies a Standard Webhooks signature, with .NET's own library only (6 or later).
//
//     dotnet run Verify.cs -- SECRET ID TIMESTAMP SIGNATURE [NOW] < body     (.NET 10; before that, in a console project)

#nullable enable

using System;
using System.Globalization;
using System.IO;
using System.Security.Cryptography;
using System.Text;

/// <summary>Do not trust this request; answer 401.</summary>
public sealed class InvalidWebhookException : Exception
{
    public InvalidWebhookException(string reason) : base(reason) { }
}

public static class WebhookSignature
{
    private const long Tolerance = 300; // seconds, both ways

    /// <summary>
    /// Throws InvalidWebhookException unless <paramref name="body"/>, the raw bytes as received, carries a
    /// signature made with <paramref name="secret"/>. The three strings are the headers webhook-id,
    /// webhook-timestamp and webhook-signature; <paramref name="now"/> is in unix seconds.
    /// </summary>
    public static void Verify(string secret, string? id, string? timestamp, string? signatures, byte[] body, long now)
    {
        byte[] key = DecodeSecret(secret);
        if (string.IsNullOrEmpty(id) || string.IsNullOrEmpty(timestamp) || string.IsNullOrEmpty(signatures))
            throw new InvalidWebhookException("header missing");
        // NumberStyles.None takes digits and nothing else.
        if (timestamp.Length > 12 || !long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out long sentAt))
            throw new InvalidWebhookException("timestamp is not a number");
        long age = now - sentAt;
        if (age > Tolerance) throw new InvalidWebhookException("timestamp is too old");
        if (age < -Tolerance) throw new InvalidWebhookException("timestamp is in the future");

        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        mac.AppendData(Encoding.UTF8.GetBytes(id + "." + timestamp + "."));
        mac.AppendData(body);
        byte[] expected = Encoding.UTF8.GetBytes("v1," + Convert.ToBase64String(mac.GetHashAndReset()));
        // While a secret is rotated there are several signatures; one that matches is enough.
        foreach (string one in signatures.Split(' '))
        {
            if (CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), expected)) return;
        }
        throw new InvalidWebhookException("no signature matches");
    }

    /// <summary>The key is the secret, with or without whsec_, decoded. An ArgumentException is a mistake in your settings.</summary>
    private static byte[] DecodeSecret(string secret)
    {
        const string prefix = "whsec_";
        string encoded = secret.StartsWith(prefix, StringComparison.Ordinal) ? secret.Substring(prefix.Length) : secret;
        try
        {
            byte[] key = Convert.FromBase64String(encoded);
            if (key.Length > 0) return key;
        }
        catch (FormatException)
        {
            // told below
        }
        throw new ArgumentException("secret is not whsec_ and base64");
    }
}

public static class Program
{
    public static int Main(string[] args)
    {
        if (args.Length != 4 && args.Length != 5)
        {
            Console.Error.WriteLine("usage: Verify.cs SECRET ID TIMESTAMP SIGNATURE [NOW] < body");
            return 2;
        }
        long now = args.Length == 5
            ? long.Parse(args[4], CultureInfo.InvariantCulture)
            : DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        using var body = new MemoryStream();
        using (Stream input = Console.OpenStandardInput()) input.CopyTo(body);
        try
        {
            WebhookSignature.Verify(args[0], args[1], args[2], args[3], body.ToArray(), now);
        }
        catch (Exception reason) when (reason is InvalidWebhookException or ArgumentException)
        {
            Console.WriteLine("invalid: " + reason.Message);
            return 1;
        }
        Console.WriteLine("valid");
        return 0;
    }
}
