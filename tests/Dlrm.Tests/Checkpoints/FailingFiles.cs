using Dlrm.Checkpoints;

namespace Dlrm.Tests.Checkpoints;

/// <summary>A disk that fails at a given point: every operation is a point, and every 64 bytes written are one.</summary>
/// <remarks>The bytes before the point reach the file. Dead: everything after the point fails too, as after a kill -9; otherwise only the point does.</remarks>
internal sealed class FailingFiles : ICheckpointFiles
{
    internal const int BytesPerPoint = 64;

    private readonly DiskFiles _disk = new();
    private readonly long _failAt;
    private readonly bool _dies;
    private long _point;

    internal FailingFiles(long failAt, bool dies)
    {
        _failAt = failAt;
        _dies = dies;
    }

    /// <summary>Gets what was done, in order.</summary>
    internal List<string> Operations { get; } = [];

    internal bool HasFailed { get; private set; }

    public void CreateFolder(string folder) => Do("folder", folder, () => _disk.CreateFolder(folder));

    public Stream Create(string path)
    {
        Do("create", path, static () => { });
        return new Limited(this, _disk.Create(path), path);
    }

    public void Flush(Stream stream) => Do("flush", ((Limited)stream).Path, stream.Flush);

    public void FlushFolder(string folder) => Do("flush", folder, static () => { });

    public void Move(string from, string to) => Do("move to", to, () => _disk.Move(from, to));

    public void Delete(string folder) => Do("delete", folder, () => _disk.Delete(folder));

    private void Do(string verb, string path, Action action)
    {
        Pass();
        Operations.Add(verb + " " + Path.GetFileName(path));
        action();
    }

    private void Pass()
    {
        if (_point++ == _failAt || (HasFailed && _dies))
        {
            HasFailed = true;
            throw new IOException($"No space left on device (test, point {_failAt}).");
        }
    }

    private sealed class Limited(FailingFiles owner, Stream inner, string path) : Stream
    {
        private int _sincePoint;

        internal string Path => path;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => inner.Length;

        public override long Position { get => inner.Position; set => throw new NotSupportedException(); }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            while (!buffer.IsEmpty)
            {
                int count = Math.Min(buffer.Length, BytesPerPoint - _sincePoint);
                inner.Write(buffer[..count]);
                buffer = buffer[count..];
                _sincePoint += count;
                if (_sincePoint == BytesPerPoint)
                {
                    _sincePoint = 0;
                    owner.Pass();
                }
            }
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
