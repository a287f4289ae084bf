using System.Text.Json;

namespace Rca.Data.Coco;

/// <summary>Reads arrays of one large JSON object element by element: a file of any size takes the memory of its largest element.</summary>
internal static class JsonArrays
{
    private const int FirstBuffer = 1 << 20;

    /// <summary>The largest of COCO has under 1 MiB.</summary>
    private const int LargestElement = 64 << 20;

    /// <summary>Takes an element's UTF-8 text, whole and well formed, and where in the file it starts.</summary>
    public delegate void ElementHandler(ReadOnlySpan<byte> element, long offset);

    /// <summary>Reads the whole file; values at the top level that are no wanted array are passed over.</summary>
    /// <param name="path">The file.</param>
    /// <param name="wanted">What takes the elements of each wanted array, by its name.</param>
    /// <exception cref="JsonException">It is not JSON, is truncated or too deep, no object at the top, or an element is too large.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static void Read(string path, IReadOnlyDictionary<string, ElementHandler> wanted)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        var buffer = new byte[FirstBuffer];
        var state = new JsonReaderState();
        int filled = Fill(0);
        long origin = 0;
        int start = buffer.AsSpan(0, filled).StartsWith("\uFEFF"u8) ? 3 : 0;
        bool last = false;
        ElementHandler? take = null;
        while (true)
        {
            ReadOnlySpan<byte> text = buffer.AsSpan(start, filled - start);
            var reader = new Utf8JsonReader(text, last, state);
            take = Pass(ref reader, text, origin + start, take, wanted);
            if (last) return;
            state = reader.CurrentState;
            start += (int)reader.BytesConsumed;
            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            (origin, filled, start) = (origin + start, filled - start, 0);
            if (filled == buffer.Length)
            {
                if (filled >= LargestElement) throw new JsonException($"a value is larger than {LargestElement >> 20} MiB");
                Array.Resize(ref buffer, 2 * filled);
            }
            int read = Fill(filled);
            (filled, last) = (filled + read, read == 0);
        }

        int Fill(int from) => stream.ReadAtLeast(buffer.AsSpan(from), buffer.Length - from, throwOnEndOfStream: false);
    }

    /// <summary>Reads as far as the text goes; an element that is cut off stays for the next pass.</summary>
    /// <returns>Who takes the elements of the array that the text ends in; null outside a wanted array.</returns>
    private static ElementHandler? Pass(
        ref Utf8JsonReader reader, ReadOnlySpan<byte> text, long origin, ElementHandler? take, IReadOnlyDictionary<string, ElementHandler> wanted)
    {
        while (true)
        {
            var before = reader;
            if (!reader.Read()) return take;
            if (take is null)
            {
                if (reader.CurrentDepth == 0 && reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.EndObject))
                    throw new JsonException("it is no object with the arrays images, annotations and categories");
                if (reader.CurrentDepth != 1 || reader.TokenType != JsonTokenType.PropertyName || !Wants(reader, wanted, out take)) continue;
                if (reader.Read() && reader.TokenType != JsonTokenType.StartArray) throw new JsonException("images, annotations or categories is no array");
                if (reader.TokenType == JsonTokenType.StartArray) continue;
                reader = before;
                return null;
            }
            if (reader.TokenType == JsonTokenType.EndArray)
            {
                take = null;
                continue;
            }
            int start = (int)reader.TokenStartIndex;
            if (!reader.TrySkip())
            {
                reader = before;
                return take;
            }
            take(text[start..(int)reader.BytesConsumed], origin + start);
        }
    }

    private static bool Wants(Utf8JsonReader property, IReadOnlyDictionary<string, ElementHandler> wanted, out ElementHandler? take)
    {
        take = null;
        return JsonFields.Text(ref property) is { } name && wanted.TryGetValue(name, out take);
    }
}
