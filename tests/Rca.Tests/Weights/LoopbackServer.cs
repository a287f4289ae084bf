using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Rca.Tests.Weights;

/// <summary>A server on loopback that answers byte by byte as a test says, one connection for each request.</summary>
internal sealed class LoopbackServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<string> _requests = [];
    private readonly Func<int, string, NetworkStream, CancellationToken, Task> _answer;

    /// <summary>Starts to listen.</summary>
    /// <param name="answer">Gets the number of the request from 0, its head and the connection.</param>
    public LoopbackServer(Func<int, string, NetworkStream, CancellationToken, Task> answer)
    {
        _answer = answer;
        _listener.Start();
        _ = Listen();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    /// <summary>Heads of the requests so far.</summary>
    public IReadOnlyList<string> Requests => _requests;

    /// <summary>First byte that a request asks for.</summary>
    public static int From(string head) =>
        head.IndexOf("Range: bytes=", StringComparison.OrdinalIgnoreCase) is >= 0 and var at ? int.Parse(head[(at + 13)..].Split('-')[0]) : 0;

    /// <summary>Answers as a good server does, with the part that was asked for.</summary>
    public static Task Serve(string head, byte[] data, NetworkStream stream)
    {
        int from = From(head);
        return from == 0 ? Send(stream, $"200 OK\r\nContent-Length: {data.Length}", data)
            : from >= data.Length ? Send(stream, "416 No\r\nContent-Length: 0")
            : Send(stream, $"206 Part\r\nContent-Range: bytes {from}-{data.Length - 1}/{data.Length}\r\nContent-Length: {data.Length - from}", data[from..]);
    }

    public static async Task Send(NetworkStream stream, string head, ReadOnlyMemory<byte> body = default)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {head}\r\nConnection: close\r\n\r\n"));
        await stream.WriteAsync(body);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
    }

    private async Task Listen()
    {
        try
        {
            for (int i = 0; ; i++)
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                NetworkStream stream = client.GetStream();
                var head = new StringBuilder();
                var buffer = new byte[4096];
                while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(buffer, _stop.Token) is > 0 and var read)
                    head.Append(Encoding.ASCII.GetString(buffer, 0, read));
                _requests.Add(head.ToString());
                try
                {
                    await _answer(i, head.ToString(), stream, _stop.Token);
                }
                catch (IOException)
                {
                    // The other side has heard enough.
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The test is over.
        }
    }
}
