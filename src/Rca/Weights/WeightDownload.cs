using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Rca.Progress;

namespace Rca.Weights;

/// <summary>The result of a download.</summary>
/// <param name="Path">The file, whose SHA-256 has been checked.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Fetched">Bytes that came over the network this time; 0 where the file was there.</param>
public sealed record DownloadResult(string Path, long Bytes, long Fetched);

/// <summary>
/// Downloads public weights. The file gets its name only when it is complete and its SHA-256 is right. A stopped download goes on where it
/// stopped. The server is not trusted: lengths are bounded, redirects are few and keep the scheme, and a silent connection is closed.
/// </summary>
/// <param name="source">Folder on the server; ends with a slash.</param>
/// <param name="patience">How long a connection may be silent.</param>
/// <param name="time">The clock of the pauses between attempts; left out, the system's.</param>
public sealed class WeightDownload(Uri source, TimeSpan patience, TimeProvider? time = null)
{
    private const int MaxAttempts = 5, MaxRedirects = 5, BufferBytes = 1 << 16;

    /// <summary>Fetches a file, or finds it in the folder.</summary>
    /// <param name="weights">Which file.</param>
    /// <param name="folder">Where to put it.</param>
    /// <param name="progress">Receives the progress of every mebibyte.</param>
    /// <param name="cancellation">Stops; what has arrived is kept for the next start.</param>
    /// <exception cref="RcaException">The server does not deliver the file, or delivers another one.</exception>
    public async Task<DownloadResult> Fetch(PublicWeightFile weights, string folder, IProgress<StageProgress>? progress = null, CancellationToken cancellation = default)
    {
        string path = Path.Combine(folder, weights.FileName), partial = $"{path}.partial";
        if (File.Exists(path) && await HashOf(path, cancellation) == weights.Sha256) return new DownloadResult(path, new FileInfo(path).Length, 0);
        await using FileStream file = OpenPartial(folder, partial); // held until the file has its name: nobody else writes into it
        long fetched = await FetchAll(weights, file, progress, cancellation);
        OnDisk(file, static file => file.Flush(flushToDisk: true));
        file.Position = 0;
        string hash = await Hash(file, cancellation);
        if (hash != weights.Sha256)
        {
            File.Delete(partial);
            throw new RcaException($"{new Uri(source, weights.FileName)} has the SHA-256 {hash}, expected {weights.Sha256}. The file was deleted; start again, and if that does not help, the server has another file.");
        }
        File.Move(partial, path, overwrite: true);
        return new DownloadResult(path, file.Length, fetched);
    }

    private static FileStream OpenPartial(string folder, string partial)
    {
        try
        {
            Directory.CreateDirectory(folder);
            var file = new FileStream(partial, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            file.Seek(0, SeekOrigin.End);
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RcaException($"{partial} cannot be written ({e.Message}). If another download is under way, wait for it.", e);
        }
    }

    private async Task<long> FetchAll(PublicWeightFile weights, FileStream file, IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        var uri = new Uri(source, weights.FileName);
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = !uri.IsLoopback, ConnectTimeout = patience }) { Timeout = Timeout.InfiniteTimeSpan };
        long fetched = 0, longest = file.Length;
        for (int failures = 0; ;)
        {
            long before = longest;
            try
            {
                await FetchRest(client, uri, weights, file, bytes =>
                {
                    fetched += bytes;
                    longest = Math.Max(longest, file.Length);
                }, progress, cancellation);
                return fetched;
            }
            catch (Exception e) when (e is IOException or HttpRequestException && !cancellation.IsCancellationRequested)
            {
                failures = longest > before ? 1 : failures + 1;
                if (failures == MaxAttempts)
                    throw new RcaException($"{uri} did not arrive in {MaxAttempts} attempts ({Reason(e)}). {file.Length} bytes are kept in {file.Name}; the same command goes on there.", e);
                await Task.Delay(TimeSpan.FromSeconds(1 << (failures - 1)), time ?? TimeProvider.System, cancellation);
            }
        }
    }

    /// <summary>One request for the bytes that are still missing.</summary>
    private async Task FetchRest(
        HttpClient client, Uri uri, PublicWeightFile weights, FileStream file, Action<int> count, IProgress<StageProgress>? progress, CancellationToken cancellation)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        silence.CancelAfter(patience);
        try
        {
            using HttpResponseMessage response = await Send(client, uri, file.Length, silence.Token);
            if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable) return; // nothing is lacking, or the hash will tell
            RequireUsable(uri, response);
            if (response.StatusCode != HttpStatusCode.PartialContent || response.Content.Headers.ContentRange?.From != file.Length) OnDisk(file, static file => file.SetLength(0));
            if (response.StatusCode == HttpStatusCode.PartialContent && file.Length == 0) throw new IOException("the server sent another part than was asked for");
            long? total = file.Length + response.Content.Headers.ContentLength;
            RequireBounded(uri, weights, total ?? 0);
            await using Stream content = await response.Content.ReadAsStreamAsync(silence.Token);
            var buffer = new byte[BufferBytes];
            long shown = -1;
            for (int read; (read = await content.ReadAsync(buffer, silence.Token)) > 0; silence.CancelAfter(patience))
            {
                RequireBounded(uri, weights, file.Length + read);
                OnDisk(file, file => file.Write(buffer, 0, read));
                count(read);
                if (file.Length >> 20 == shown) continue;
                shown = file.Length >> 20;
                progress?.Report(new StageProgress($"Downloading {weights.FileName} (MiB)", shown, (total ?? 0) >> 20));
            }
            if (file.Length < total) throw new IOException($"the connection ended after {file.Length} of {total} bytes");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new IOException($"nothing arrived for {patience.TotalSeconds:0.#} seconds");
        }
    }

    /// <summary>Follows a few redirects that keep the scheme: a link must not lead from https to http.</summary>
    private static async Task<HttpResponseMessage> Send(HttpClient client, Uri uri, long from, CancellationToken cancellation)
    {
        Uri target = uri;
        for (int i = 0; i <= MaxRedirects; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, target);
            if (from > 0) request.Headers.Range = new RangeHeaderValue(from, null);
            HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308)) return response;
            Uri? location = response.Headers.Location is { } header ? new Uri(target, header) : null;
            response.Dispose();
            if (location is null || location.Scheme != uri.Scheme)
                throw new RcaException($"{uri} redirects to {location?.GetLeftPart(UriPartial.Path) ?? "nowhere"}; only redirects that stay with {uri.Scheme} are followed.");
            target = location;
        }
        throw new RcaException($"{uri} redirects more than {MaxRedirects} times.");
    }

    private static void RequireUsable(Uri uri, HttpResponseMessage response)
    {
        if ((int)response.StatusCode is >= 500 or 408 or 429) throw new IOException($"the server answers {(int)response.StatusCode}");
        if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.PartialContent))
            throw new RcaException($"{uri}: the server answers {(int)response.StatusCode} ({response.StatusCode}).");
    }

    private static void RequireBounded(Uri uri, PublicWeightFile weights, long bytes)
    {
        if (bytes > (long)weights.Megabytes << 20) throw new RcaException($"{uri} is larger than the {weights.Megabytes} MiB expected; it is not the file that was meant.");
    }

    /// <summary>What went wrong, with the cause that errors of encrypted connections keep inside.</summary>
    private static string Reason(Exception e)
    {
        string outer = e.Message.TrimEnd('.'), inner = e.GetBaseException().Message.TrimEnd('.');
        return outer.Contains(inner, StringComparison.Ordinal) ? outer : $"{outer}: {inner}";
    }

    /// <summary>A full disk is no fault of the network, and trying again does not help.</summary>
    private static void OnDisk(FileStream file, Action<FileStream> work)
    {
        try
        {
            work(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RcaException($"{file.Name} cannot be written ({e.Message.TrimEnd('.')}).", e);
        }
    }

    private static async Task<string> HashOf(string path, CancellationToken cancellation)
    {
        await using FileStream file = File.OpenRead(path);
        return await Hash(file, cancellation);
    }

    private static async Task<string> Hash(FileStream file, CancellationToken cancellation) =>
        Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation));
}
