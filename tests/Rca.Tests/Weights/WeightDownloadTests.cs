using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Rca.Progress;
using Rca.Weights;

namespace Rca.Tests.Weights;

/// <summary>Downloads from servers that behave and from servers that do not.</summary>
public sealed class WeightDownloadTests : IDisposable
{
    private static readonly byte[] Data = Enumerable.Range(0, 300_000).Select(static i => (byte)(i * i >> 3)).ToArray();
    private static readonly PublicWeightFile Wanted = new("tiny", "tiny.pth", Convert.ToHexStringLower(SHA256.HashData(Data)), 1);

    private readonly TemporaryFolder _folder = new();
    private readonly HurriedTime _time = new();

    private string Target => Path.Combine(_folder.Path, "tiny.pth");

    private string Partial => $"{Target}.partial";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_public_file_is_named_after_its_digest() =>
        Assert.All(PublicWeightFile.All, static weights => Assert.True(weights.Sha256.Length == 64 && weights.FileName == $"{weights.Name}-{weights.Sha256[..8]}.pth", weights.Name));

    [Fact]
    public void An_unknown_name_gets_the_one_that_was_meant() =>
        Assert.Contains("Did you mean 'resnet50'?", Assert.Throws<RcaException>(() => PublicWeightFile.Find("resnet-50")).Message);

    [Fact]
    public async Task A_file_arrives_whole_and_is_not_fetched_again()
    {
        using var server = new LoopbackServer(static (_, head, stream, _) => LoopbackServer.Serve(head, Data, stream));
        var heard = new Heard();

        DownloadResult first = await Fetch(server, heard), second = await Fetch(server);

        Assert.Equal(new DownloadResult(Target, Data.Length, Data.Length), first);
        Assert.Equal(new DownloadResult(Target, Data.Length, 0), second);
        AssertArrived();
        Assert.StartsWith("GET /tiny.pth HTTP/1.1", Assert.Single(server.Requests));
        Assert.Contains(heard.Reports, static report => report.Stage.Contains("tiny.pth"));
    }

    [Fact]
    public async Task A_truncated_answer_is_continued_where_it_ended()
    {
        using var server = new LoopbackServer(static (i, head, stream, _) =>
            i == 0 ? LoopbackServer.Send(stream, $"200 OK\r\nContent-Length: {Data.Length}", Data.AsMemory(0, 100_000)) : LoopbackServer.Serve(head, Data, stream));

        await Fetch(server);

        AssertArrived();
        Assert.Equal([0, 100_000], server.Requests.Select(LoopbackServer.From));
    }

    [Fact]
    public async Task What_arrived_before_the_last_attempt_failed_is_kept_for_the_next_start()
    {
        using (var server = new LoopbackServer(static (i, head, stream, _) =>
            i == 0 ? LoopbackServer.Send(stream, $"200 OK\r\nContent-Length: {Data.Length}", Data.AsMemory(0, 1000)) : LoopbackServer.Send(stream, "503 Busy\r\nContent-Length: 0")))
        {
            string message = await Refused(server);
            Assert.Contains("5 attempts", message);
            Assert.Contains("1000 bytes are kept", message);
            Assert.Equal(5, server.Requests.Count);
            Assert.Equal([1, 2, 4, 8], _time.Pauses);
        }
        Assert.Equal([Partial], Directory.GetFiles(_folder.Path));

        using var good = new LoopbackServer(static (_, head, stream, _) => LoopbackServer.Serve(head, Data, stream));
        DownloadResult result = await Fetch(good);

        AssertArrived();
        Assert.Equal(Data.Length - 1000, result.Fetched);
        Assert.Equal(1000, LoopbackServer.From(Assert.Single(good.Requests)));
    }

    [Fact]
    public async Task A_server_that_ignores_ranges_starts_the_file_anew()
    {
        File.WriteAllBytes(Partial, Data[..5000]);
        using var server = new LoopbackServer(static (_, _, stream, _) => LoopbackServer.Send(stream, $"200 OK\r\nContent-Length: {Data.Length}", Data));

        await Fetch(server);

        AssertArrived();
    }

    [Fact]
    public async Task A_part_that_was_not_asked_for_starts_the_file_anew()
    {
        File.WriteAllBytes(Partial, Data[..5000]);
        using var server = new LoopbackServer(static (i, head, stream, _) =>
            i == 0 ? LoopbackServer.Send(stream, $"206 Part\r\nContent-Range: bytes 0-9/{Data.Length}\r\nContent-Length: 10", Data.AsMemory(0, 10)) : LoopbackServer.Serve(head, Data, stream));

        await Fetch(server);

        AssertArrived();
        Assert.Equal([5000, 0], server.Requests.Select(LoopbackServer.From));
    }

    [Fact]
    public async Task A_part_that_was_whole_already_takes_its_name()
    {
        File.WriteAllBytes(Partial, Data);
        using var server = new LoopbackServer(static (_, head, stream, _) => LoopbackServer.Serve(head, Data, stream));

        Assert.Equal(0, (await Fetch(server)).Fetched);

        AssertArrived();
    }

    [Fact]
    public async Task Damaged_bytes_are_refused_and_leave_nothing()
    {
        byte[] damaged = [.. Data];
        damaged[200_000] ^= 1;
        using var server = new LoopbackServer((_, head, stream, _) => LoopbackServer.Serve(head, damaged, stream));

        string message = await Refused(server);

        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(damaged)), message);
        Assert.Contains($"expected {Wanted.Sha256}", message);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task A_wrong_file_of_the_right_name_is_replaced()
    {
        File.WriteAllBytes(Target, [1, 2, 3]);
        using var server = new LoopbackServer(static (_, head, stream, _) => LoopbackServer.Serve(head, Data, stream));

        await Fetch(server);

        AssertArrived();
    }

    [Fact]
    public async Task A_length_that_is_too_short_is_found_by_the_digest()
    {
        using var server = new LoopbackServer(static (_, _, stream, _) => LoopbackServer.Send(stream, "200 OK\r\nContent-Length: 1000", Data));

        Assert.Contains("SHA-256", await Refused(server));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task A_length_beyond_the_limit_is_refused_at_once()
    {
        using var server = new LoopbackServer(static (_, _, stream, _) => LoopbackServer.Send(stream, "200 OK\r\nContent-Length: 99999999999", Data));

        Assert.Contains("larger than the 1 MiB expected", await Refused(server));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task An_answer_without_end_is_cut_at_the_limit()
    {
        using var server = new LoopbackServer(static async (_, _, stream, stop) =>
        {
            await LoopbackServer.Send(stream, "200 OK");
            while (!stop.IsCancellationRequested) await stream.WriteAsync(Data, stop);
        });

        Assert.Contains("larger than the 1 MiB expected", await Refused(server));
        Assert.InRange(new FileInfo(Partial).Length, 0, 1 << 20);
    }

    [Fact]
    public async Task A_redirect_that_keeps_the_scheme_is_followed()
    {
        using var server = new LoopbackServer(static (i, head, stream, _) =>
            i == 0 ? LoopbackServer.Send(stream, "302 There\r\nLocation: /elsewhere/tiny.pth\r\nContent-Length: 0") : LoopbackServer.Serve(head, Data, stream));

        await Fetch(server);

        AssertArrived();
        Assert.StartsWith("GET /elsewhere/tiny.pth", server.Requests[1]);
    }

    [Theory]
    [InlineData("Location: https://127.0.0.1/tiny.pth", "only redirects that stay with http")]
    [InlineData("Location: file:///etc/passwd", "only redirects that stay with http")]
    [InlineData("X: y", "redirects to nowhere")]
    [InlineData("Location: /tiny.pth", "redirects more than 5 times")]
    public async Task Other_redirects_are_refused(string header, string reason)
    {
        using var server = new LoopbackServer((_, _, stream, _) => LoopbackServer.Send(stream, $"302 There\r\n{header}\r\nContent-Length: 0"));

        Assert.Contains(reason, await Refused(server));
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_given_up()
    {
        using var server = new LoopbackServer(static async (_, _, stream, stop) =>
        {
            await LoopbackServer.Send(stream, $"200 OK\r\nContent-Length: {Data.Length}", Data.AsMemory(0, 10));
            await stream.CopyToAsync(Stream.Null, stop); // until the other side gives up
        });

        Assert.Contains("nothing arrived for 0.2 seconds", await Refused(server, TimeSpan.FromSeconds(0.2)));
    }

    [Fact]
    public async Task A_file_that_the_server_lacks_is_named_with_the_answer()
    {
        using var server = new LoopbackServer(static (_, _, stream, _) => LoopbackServer.Send(stream, "404 No\r\nContent-Length: 0"));

        Assert.Contains("tiny.pth: the server answers 404", await Refused(server));
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData(408), InlineData(429), InlineData(502)]
    public async Task Answers_that_pass_are_tried_again(int status)
    {
        using var server = new LoopbackServer((i, head, stream, _) =>
            i == 0 ? LoopbackServer.Send(stream, $"{status} Later\r\nContent-Length: 0") : LoopbackServer.Serve(head, Data, stream));

        await Fetch(server);

        AssertArrived();
        Assert.Equal([1], _time.Pauses);
    }

    [Fact]
    public async Task Attempts_count_anew_once_bytes_arrive()
    {
        using var server = new LoopbackServer(static (i, head, stream, _) =>
        {
            int from = LoopbackServer.From(head);
            return i >= 12 ? LoopbackServer.Serve(head, Data, stream)
                : i % 2 == 0 ? LoopbackServer.Send(stream, "503 Busy\r\nContent-Length: 0")
                : LoopbackServer.Send(stream, $"206 Part\r\nContent-Range: bytes {from}-{Data.Length - 1}/{Data.Length}\r\nContent-Length: {Data.Length - from}", Data.AsMemory(from, 1000));
        });
        File.WriteAllBytes(Partial, Data[..10]);

        await Fetch(server);

        AssertArrived();
        Assert.Equal(13, server.Requests.Count);
        Assert.Equal(2, _time.Pauses.Max());
    }

    [Fact]
    public async Task A_full_disk_is_no_fault_of_the_network()
    {
        File.CreateSymbolicLink(Partial, "/dev/full");
        using var server = new LoopbackServer(static (_, head, stream, _) => LoopbackServer.Serve(head, Data, stream));

        Assert.Contains("cannot be written", await Refused(server));
        Assert.Single(server.Requests);
        Assert.Empty(_time.Pauses);
    }

    [Fact]
    public async Task Why_an_encrypted_connection_failed_is_told()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task answers = Answer(listener);
        var address = new Uri($"https://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");

        string message = (await Assert.ThrowsAsync<RcaException>(() => new WeightDownload(address, TimeSpan.FromSeconds(60), _time).Fetch(Wanted, _folder.Path, cancellation: TestContext.Current.CancellationToken))).Message;

        Assert.Contains("see inner exception: ", message);
        await answers;

        static async Task Answer(TcpListener listener)
        {
            for (int i = 0; i < 5; i++)
            {
                using TcpClient client = await listener.AcceptTcpClientAsync();
                await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("This is not encrypted."));
            }
        }
    }

    [Fact]
    public async Task Two_downloads_of_one_file_at_once_are_refused()
    {
        using var server = new LoopbackServer(static (_, head, stream, _) => LoopbackServer.Serve(head, Data, stream));
        using FileStream other = new(Partial, FileMode.Create, FileAccess.Write, FileShare.None);

        Assert.Contains("another download is under way", await Refused(server));
    }

    [Fact]
    public async Task Stopping_keeps_what_has_arrived()
    {
        using var stop = new CancellationTokenSource();
        using var server = new LoopbackServer(async (_, _, stream, end) =>
        {
            await LoopbackServer.Send(stream, $"200 OK\r\nContent-Length: {Data.Length}", Data.AsMemory(0, 1000));
            await stream.CopyToAsync(Stream.Null, end);
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Fetch(server, new Heard(stop.Cancel), stop: stop));

        Assert.Equal(1000, new FileInfo(Partial).Length);
    }

    private Task<DownloadResult> Fetch(LoopbackServer server, IProgress<StageProgress>? progress = null, TimeSpan? patience = null, CancellationTokenSource? stop = null) =>
        new WeightDownload(server.Address, patience ?? TimeSpan.FromSeconds(60), _time).Fetch(Wanted, _folder.Path, progress, stop?.Token ?? CancellationToken.None);

    private async Task<string> Refused(LoopbackServer server, TimeSpan? patience = null) =>
        (await Assert.ThrowsAsync<RcaException>(() => Fetch(server, patience: patience))).Message;

    private void AssertArrived()
    {
        Assert.Equal([Target], Directory.GetFiles(_folder.Path));
        Assert.Equal(Data, File.ReadAllBytes(Target));
    }

    /// <summary>Pauses that pass at once, in seconds.</summary>
    private sealed class HurriedTime : TimeProvider
    {
        public List<double> Pauses { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Pauses.Add(dueTime.TotalSeconds);
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }

    /// <summary>Progress that is heard at once.</summary>
    private sealed class Heard(Action? then = null) : IProgress<StageProgress>
    {
        public List<StageProgress> Reports { get; } = [];

        public void Report(StageProgress value)
        {
            Reports.Add(value);
            then?.Invoke();
        }
    }
}
